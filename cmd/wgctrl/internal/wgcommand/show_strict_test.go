package wgcommand_test

import (
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

// TestShowStrict checks that show prints the devices that it can read, then one
// explanation of all errors, and fails.
func TestShowStrict(t *testing.T) {
	t.Parallel()
	m := newMachine("wg0", "", "wg1", "", "wg2", "", "wg3", "")
	m.devices["wg0"].err = syscall.EACCES
	m.devices["wg2"].err = syscall.EPERM
	m.change = func(e *wgcommand.Env) {
		strict(e)
		e.Explain = func(w io.Writer, err error) {
			fmt.Fprintf(w, "%d errors\n", strings.Count(err.Error(), "\n")+1)
		}
	}
	for words, want := range map[string]result{
		"":                {out: "interface: wg1\n\ninterface: wg3\n", err: "2 errors\n", code: 1},
		"show":            {out: "interface: wg1\n\ninterface: wg3\n", err: "2 errors\n", code: 1},
		"show all":        {out: "interface: wg1\n\ninterface: wg3\n", err: "2 errors\n", code: 1},
		"show all fwmark": {out: "wg1\toff\nwg3\toff\n", err: "2 errors\n", code: 1},
		"show wg0":        {err: "1 errors\n", code: 1},
		"show wg1 fwmark": {out: "off\n"},
		"show interfaces": {out: "wg0 wg1 wg2 wg3\n"},
		"show wg9":        {err: "1 errors\n", code: 1},
	} {
		if got := m.run(t, strings.Fields(words)...); got != want {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, want)
		}
	}
}
