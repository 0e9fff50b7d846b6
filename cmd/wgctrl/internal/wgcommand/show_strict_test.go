package wgcommand_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
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

// TestShowStrictOrder checks that the devices are printed before the errors, and that
// zones are the names of links.
func TestShowStrictOrder(t *testing.T) {
	t.Parallel()
	lo, err := net.InterfaceByIndex(1)
	if err != nil {
		t.Skip(err)
	}
	m := newMachine("wg0", "", "wg1", "public_key="+strings.Repeat("01", 32)+"\nendpoint=[fe80::1%1]:7\n")
	m.devices["wg0"].err = syscall.EACCES
	var text strings.Builder
	m.change = func(e *wgcommand.Env) {
		strict(e)
		e.Out, e.Err = &text, &text
		e.Explain = func(w io.Writer, _ error) { fmt.Fprintln(w, "explained") }
	}
	got := m.run(t, "show", "all", "endpoints")
	want := "wg1\tAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\t[fe80::1%" + lo.Name + "]:7\nexplained\n"
	if got.code != 1 || text.String() != want {
		t.Errorf("show all endpoints = %d, %q, want 1, %q", got.code, text.String(), want)
	}
}

// TestShowStrictClosed checks that commands fail if devices cannot be listed.
func TestShowStrictClosed(t *testing.T) {
	t.Parallel()
	m := newMachine("wg0", "")
	m.change = func(e *wgcommand.Env) {
		strict(e)
		client := e.Client
		e.Client = func() (*wgctrl.Client, error) {
			c, err := client()
			if err == nil {
				err = c.Close()
			}
			return c, err
		}
		e.Explain = func(w io.Writer, err error) { fmt.Fprintln(w, errors.Is(err, net.ErrClosed)) }
	}
	for _, words := range []string{"show", "show all dump", "show interfaces"} {
		if got, want := m.run(t, strings.Fields(words)...), (result{err: "true\n", code: 1}); got != want {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, want)
		}
	}
}
