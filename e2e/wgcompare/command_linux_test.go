package wgcompare

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A command is a program that a line of a script runs in both worlds.
//
//	[OPTION...] PROGRAM [ARG...]
//
//	NAME=VALUE    set a variable of the environment
//	<FILE         read standard input from a file
//	|FILE         read standard input from a pipe with the content of a file
//	<>FILE        read standard input from a file that is also open for writing
//	stdin=closed  close standard input
//	tty           standard output is a terminal
//	stdout=MODE   standard output is a regular file with these permissions
//	stdout=/PATH  standard output is that file, and is not compared
//	user=nobody   run without privileges
//	shared        run both programs in the first world, one after the other,
//	              to read values that differ between worlds
//	ages          ignore the ages of handshakes
type command struct {
	env           []string
	stdin         string
	pipe          bool
	readWrite     bool
	closed        bool // standard input
	tty           bool
	mode          os.FileMode
	sink          string
	nobody        bool
	shared, ages  bool
	program       string
	args          []string
	searchedPaths string
}

// defaultPath is the PATH of programs, unless an option gives another.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var variable = regexp.MustCompile(`^[A-Z_]+=`)

// parseCommand parses the words of a line after the script's own command.
func parseCommand(words []string) (command, error) {
	c := command{searchedPaths: defaultPath}
	for i, word := range words {
		ok, err := c.option(word)
		if err != nil {
			return command{}, err
		}
		if !ok {
			c.program, c.args = word, words[i+1:]
			return c, nil
		}
	}
	return command{}, errors.New("no program to run")
}

// option sets the option word. It reports whether word is an option.
func (c *command) option(word string) (bool, error) {
	stdout, isStdout := strings.CutPrefix(word, "stdout=")
	switch {
	case variable.MatchString(word):
		c.env = append(c.env, word)
		if path, ok := strings.CutPrefix(word, "PATH="); ok {
			c.searchedPaths = path
		}
	case word == "stdin=closed":
		c.closed = true
	case strings.HasPrefix(word, "<>"):
		c.stdin, c.readWrite = word[2:], true
	case word[:min(1, len(word))] == "<":
		c.stdin = word[1:]
	case word[:min(1, len(word))] == "|":
		c.stdin, c.pipe = word[1:], true
	case isStdout && strings.HasPrefix(stdout, "/"):
		c.sink = stdout
	case isStdout:
		n, err := strconv.ParseUint(stdout, 8, 9)
		if err != nil {
			return false, fmt.Errorf("%s: %w", word, err)
		}
		c.mode = os.FileMode(n)
	case word == "user=nobody":
		c.nobody = true
	case word == "tty":
		c.tty = true
	case word == "shared":
		c.shared = true
	case word == "ages":
		c.ages = true
	default:
		return false, nil
	}
	return true, nil
}

// isWg reports whether the command runs wg.
func (c *command) isWg() bool { return filepath.Base(c.program) == "wg" }

// resolve returns the file to start and its arguments. It must be called in the
// world.
func (c *command) resolve(wg tool) (path string, argv []string, err error) {
	if c.isWg() {
		path, argv = wg(c.program, c.args)
		if c.closed {
			path, argv = withoutStdin(path, argv)
		}
		return path, argv, nil
	}
	path = c.program
	if !strings.Contains(path, "/") {
		path, err = lookPath(c.program, c.searchedPaths)
	}
	return path, append([]string{c.program}, c.args...), err
}

// withoutStdin returns a command that runs the program with its standard input
// closed. Package exec has no way to do that.
func withoutStdin(path string, argv []string) (string, []string) {
	const script = `called=$1 program=$2; shift 2; exec -a "$called" "$program" "$@" <&-`
	return "/bin/bash", append([]string{"bash", "-c", script, "bash", argv[0], path}, argv[1:]...)
}
