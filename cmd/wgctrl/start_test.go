//go:build linux || darwin || freebsd || openbsd

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestStart: what draws screens does next to nothing before it is asked to, as
// the runtime tells of each package's initialization.
func TestStart(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "version")
	cmd.Env = append(os.Environ(), "WGCTRL_AS_COMMAND=1", "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	const most = 64 << 10
	packages, allocated := 0, 0
	for lines := bufio.NewScanner(&stderr); lines.Scan(); {
		// init NAME @0.1 ms, 0.02 ms clock, 512 bytes, 4 allocs
		var name, at, unit, took, unit2, clock string
		var bytes int
		if n, _ := fmt.Sscan(lines.Text(), new(string), &name, &at, &unit, &took, &unit2, &clock, &bytes); n < 8 {
			continue
		}
		for _, part := range []string{"charm", "displaywidth", "runewidth", "uniseg", "uax29", "colorful", "cancelreader", "terminfo"} {
			if strings.Contains(name, part) {
				packages++
				allocated += bytes
				break
			}
		}
	}
	if packages == 0 || allocated > most {
		t.Errorf("%d packages allocate %d bytes, at most %d are expected", packages, allocated, most)
	}
	t.Logf("%d packages allocate %d bytes", packages, allocated)
}
