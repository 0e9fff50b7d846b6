package quick

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// mainTable is the number of the main routing table.
const mainTable = 254

// tables is how a file wants its routes.
type tables struct {
	off  bool
	auto bool
	// number and word are the table if neither is set. A 0 means the main table.
	number uint32
	word   string
}

// parseTable returns the meaning of the key Table. names finds the numbers of named
// tables.
func parseTable(word string, names func(string) (uint32, error)) (tables, error) {
	switch word {
	case "off":
		return tables{off: true}, nil
	case "", "auto":
		return tables{auto: true}, nil
	}
	number, err := strconv.ParseUint(word, 0, 32)
	if err == nil {
		return tables{number: uint32(number), word: word}, nil
	}
	named, err := names(word)
	if err != nil {
		return tables{}, fmt.Errorf("invalid Table %q: %w", word, err)
	}
	return tables{number: named, word: word}, nil
}

// tableDirs have the names of routing tables, in the order of precedence.
var tableDirs = []string{"/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2"}

// tableNumber returns the number of the routing table with a name of iproute2.
func tableNumber(name string) (uint32, error) {
	switch name {
	case "local":
		return 255, nil
	case "main":
		return mainTable, nil
	case "default":
		return 253, nil
	}
	for _, dir := range tableDirs {
		files := []string{filepath.Join(dir, "rt_tables")}
		more, err := filepath.Glob(filepath.Join(dir, "rt_tables.d", "*.conf"))
		if err != nil {
			return 0, err
		}
		for _, file := range append(files, more...) {
			number, found, err := findTable(file, name)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return 0, err
			}
			if found {
				return number, nil
			}
		}
	}
	return 0, errors.New("must be off, auto, a number or a name in rt_tables")
}

// findTable looks for a line "NUMBER NAME".
func findTable(file, name string) (number uint32, found bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) != 2 || words[1] != name {
			continue
		}
		if n, err := strconv.ParseUint(words[0], 0, 32); err == nil {
			return uint32(n), true, nil
		}
	}
	return 0, false, lines.Err()
}
