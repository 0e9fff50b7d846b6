//go:build unix

package wguser_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestMemoryBound has daemons that say much, each in the way that costs its
// reader most, and measures what the reader has of it. (The half of a buffer of
// the daemon's counts too.) With the bound of a reply's length this is the bound
// of docs/reliability.md.
//
// Not in parallel: it measures the whole process.
func TestMemoryBound(t *testing.T) {
	const said = 16 << 20
	read := func(ctx context.Context, t *testing.T, f func(net.Conn)) error {
		_, err := state(ctx, daemon(t, f), "wg0")
		return err
	}
	change := func(ctx context.Context, t *testing.T, f func(net.Conn)) error {
		return configure(ctx, daemon(t, f), "wg0", wgtypes.Config{})
	}
	for name, test := range map[string]struct {
		begin, repeat string
		operate       func(ctx context.Context, t *testing.T, f func(net.Conn)) error
		most          int64 // for each byte said; 0 for 1 MiB in all
	}{
		"reading a line":     {"", "a", read, 0},
		"reading unknown":    {"", "unknown=value\n", read, 0},
		"reading peers":      {"", peerLine, read, 4},
		"reading prefixes":   {peerLine, "allowed_ip=::/0\n", read, 4},
		"reading endpoints":  {peerLine, "endpoint=[::1%" + strings.Repeat("z", 1<<15) + "]:1\n", read, 0},
		"configuring a line": {"", "a", change, 0},
		"configuring":        {"", "unknown=value\n", change, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var before, peak int64
			err := test.operate(ctx, t, func(c net.Conn) {
				if _, err := readRequest(bufio.NewReader(c)); err != nil {
					return
				}
				w := bufio.NewWriterSize(c, 1<<16)
				before = int64(heap())
				w.WriteString(test.begin)
				for n := 0; n < said; n += len(test.repeat) {
					if _, err := w.WriteString(test.repeat); err != nil {
						return
					}
					if n%(said/8) < len(test.repeat) {
						peak = max(peak, int64(heap())-before)
					}
				}
				w.Flush()
				peak = max(peak, int64(heap())-before)
				cancel()
			})
			if !errors.Is(err, context.Canceled) && !errors.Is(err, uapi.ErrProtocol) {
				t.Errorf("it ended with %v", err)
			}
			most := max(test.most*said, 1<<20)
			t.Logf("%s: at most %d KiB for %d KiB", name, peak>>10, said>>10)
			if peak > most {
				t.Errorf("%d KiB of memory, want at most %d", peak>>10, most>>10)
			}
		})
	}
}
