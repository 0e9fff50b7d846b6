//go:build unix

package wguser_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/userdev"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestTakeIsCanceled has a reply that stops in the middle. Configuring the
// device meanwhile waits for the rest and can give up; whoever reads goes on
// afterwards as if nothing had been.
func TestTakeIsCanceled(t *testing.T) {
	t.Parallel()
	const peers = 10
	half, more := make(chan struct{}), make(chan struct{})
	b := daemon(t, func(c net.Conn) {
		request, err := readRequest(bufio.NewReader(c))
		if err != nil || request != "get=1\n\n" {
			io.WriteString(c, "errno=0\n\n")
			return
		}
		for i := range peers {
			fmt.Fprintf(c, "public_key=%s%02x\nallowed_ip=10.0.0.%d/32\n", strings.Repeat("00", 31), i, i)
			if i == peers/2 {
				close(half)
				<-more
			}
		}
		io.WriteString(c, "errno=0\n\n")
	})
	d := open(t, b, "wg0")
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	<-half
	change := wgtypes.Config{FirewallMark: new(uint32)}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := d.Configure(ctx, change); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Configure is %v, want DeadlineExceeded", err)
		}
		cancel()
	}
	mustNext(t, r, 0)
	close(more)
	if err := d.Configure(t.Context(), change); err != nil {
		t.Error(err)
	}
	for i := 1; i < peers; i++ {
		mustNext(t, r, byte(i))
	}
	if err := r.Next(new(wgtypes.Peer)); err != io.EOF {
		t.Errorf("the end is %v", err)
	}
}

func mustNext(t *testing.T, r wginternal.Reader, i byte) {
	t.Helper()
	var p wgtypes.Peer
	err := r.Next(&p)
	if err != nil || p.PublicKey[31] != i || len(p.AllowedIPs) != 1 || p.AllowedIPs[0].Addr().As4()[3] != i {
		t.Errorf("peer %d is %v, %v", i, p, err)
	}
}

// TestReaderIsLeft closes a Reader in the middle of a long reply: the device is
// free, and so are others that still read it.
func TestReaderIsLeft(t *testing.T) {
	t.Parallel()
	socket, inProcess := startReal(t, userdev.Offline())
	if err := configure(t.Context(), inProcess, "wg0", manyPeers(3000)); err != nil {
		t.Fatal(err)
	}
	d := open(t, socket, "wg0")
	left, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Next(new(wgtypes.Peer)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(left.Close(), left.Close()); err != nil {
		t.Error(err)
	}
	if err := left.Next(new(wgtypes.Peer)); err == nil {
		t.Error("a closed Reader goes on")
	}
	if err := d.Configure(t.Context(), wgtypes.Config{FirewallMark: new(uint32(1))}); err != nil {
		t.Error(err)
	}
	if got := mustState(t, socket); len(got.Peers) != 3000 {
		t.Errorf("read %d peers", len(got.Peers))
	}
}

// TestReaderOutlivesDevice and what is configured after it was opened.
func TestReaderOutlivesDevice(t *testing.T) {
	t.Parallel()
	socket, inProcess := startReal(t, userdev.Offline())
	if err := configure(t.Context(), inProcess, "wg0", manyPeers(3000)); err != nil {
		t.Fatal(err)
	}
	d, err := socket.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d.Close()
	if err := configure(t.Context(), socket, "wg0", wgtypes.Config{ReplacePeers: true}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		if err := r.Next(new(wgtypes.Peer)); err != nil {
			break
		}
	}
	if n != 3000 {
		t.Errorf("read %d peers, want the 3000 of before", n)
	}
}
