//go:build unix

package wguser_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// writePeers writes the reply of a device with so many peers, each with so many
// prefixes.
func writePeers(w io.Writer, peers, prefixes int) {
	b := bufio.NewWriterSize(w, 32<<10)
	n := 0
	for i := range peers {
		fmt.Fprintf(b, "public_key=%064x\npreshared_key=%064x\nprotocol_version=1\nendpoint=192.0.2.1:51820\n"+
			"last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=5\ntx_bytes=1\nrx_bytes=2\npersistent_keepalive_interval=25\n", i, 0)
		for range prefixes {
			n++
			fmt.Fprintf(b, "allowed_ip=%s/32\n", netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}))
		}
	}
	b.WriteString("errno=0\n\n")
	b.Flush()
}

// TestReaderMemory checks that reading a large device peer by peer takes little
// memory. The measured memory includes that of the daemon.
func TestReaderMemory(t *testing.T) {
	const peers, prefixes, most = 20_000, 10, 8 << 20
	b := daemon(t, func(c net.Conn) {
		if _, err := readRequest(bufio.NewReader(c)); err == nil {
			writePeers(c, peers, prefixes)
		}
	})
	before := heap()
	r, err := open(t, b, "wg0").Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var peak uint64
	for n := range peers {
		var p wgtypes.Peer
		err := r.Next(&p)
		if err != nil || len(p.AllowedIPs) != prefixes {
			t.Fatalf("Next = %v, %v, want a peer with %d prefixes", p, err, prefixes)
		}
		if n%(peers/10) == 1 {
			peak = max(peak, heap())
		}
	}
	if err := r.Next(new(wgtypes.Peer)); err != io.EOF {
		t.Fatal(err)
	}
	if grown := int64(peak - before); grown > most {
		t.Errorf("the heap grew by %d KiB, want at most %d KiB", grown>>10, most>>10)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkRead(b *testing.B) {
	for _, size := range []struct{ peers, prefixes int }{{0, 0}, {1000, 10}, {10, 10000}} {
		b.Run(fmt.Sprintf("%dx%d", size.peers, size.prefixes), func(b *testing.B) {
			var text bytes.Buffer
			writePeers(&text, size.peers, size.prefixes)
			backend := daemon(b, func(c net.Conn) {
				if _, err := readRequest(bufio.NewReader(c)); err == nil {
					c.Write(text.Bytes())
				}
			})
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := state(b.Context(), backend, "wg0"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkConfigure(b *testing.B) {
	backend := daemon(b, func(c net.Conn) {
		request, err := readRequest(bufio.NewReaderSize(c, 64<<10))
		if err != nil {
			return
		}
		if request == "get=1\n\n" {
			c.Write(uapi.AppendDevice(nil, &wgtypes.Device{PrivateKey: wgtypes.NewPrivateKey(repeated(1))}))
			return
		}
		c.Write(uapi.AppendErrno(nil, 0))
	})
	for _, peers := range []int{1, 1000} {
		b.Run(fmt.Sprint(peers), func(b *testing.B) {
			c := manyPeers(peers)
			b.ReportAllocs()
			for b.Loop() {
				if err := configure(b.Context(), backend, "wg0", c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestMemoryBound measures the memory that long replies cost, for the kinds of text
// that cost most. The measured memory includes the buffer of the daemon. Together
// with uapi.MaxReply this gives the bound in docs/reliability.md.
//
// It does not run in parallel because it measures the whole process.
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
		most          int64 // bytes of memory for each byte of the reply; 0 for a total of 1 MiB
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
				t.Errorf("%s = %v, want %v or %v", name, err, context.Canceled, uapi.ErrProtocol)
			}
			most := max(test.most*said, 1<<20)
			t.Logf("%s: at most %d KiB for %d KiB", name, peak>>10, said>>10)
			if peak > most {
				t.Errorf("%d KiB of memory, want at most %d", peak>>10, most>>10)
			}
		})
	}
}
