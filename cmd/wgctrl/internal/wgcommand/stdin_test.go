//go:build unix

package wgcommand_test

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

// TestClosedStdin checks that a closed standard input is an error by any of its
// names. For a closed descriptor, the runtime opens the null device for reading and
// writing.
func TestClosedStdin(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	want := result{err: "fopen: No such file or directory\n", code: 1}
	for _, path := range []string{"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"} {
		for _, args := range [][]string{
			{"setconf", "wg0", path}, {"syncconf", "wg0", path}, {"addconf", "wg0", path},
			{"set", "wg0", "private-key", path}, {"set", "wg0", "peer", keyA, "preshared-key", path},
		} {
			m := newMachine("wg0", "listen_port=1\n")
			m.change = func(e *wgcommand.Env) { e.In = null }
			if got := m.run(t, args...); got != want || m.devices["wg0"].requests() != "" {
				t.Errorf("Run(%q) with a closed input = %+v, requests %q, want %+v, none", args, got, m.devices["wg0"].requests(), want)
			}
		}
	}
}
