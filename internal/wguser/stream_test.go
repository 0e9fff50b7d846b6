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
	"sync"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestTakeIsCanceled configures a device while another reply stops in the middle.
// Configure must wait for the rest until its context ends, and the Reader must then
// return all peers.
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
		if err := d.Configure(ctx, change, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Configure = %v, want %v", err, context.DeadlineExceeded)
		}
		cancel()
	}
	mustNext(t, r, 0)
	close(more)
	if err := d.Configure(t.Context(), change, nil); err != nil {
		t.Errorf("Configure = %v, want nil", err)
	}
	for i := 1; i < peers; i++ {
		mustNext(t, r, byte(i))
	}
	if err := r.Next(new(wgtypes.Peer)); err != io.EOF {
		t.Errorf("Next after the last peer = %v, want %v", err, io.EOF)
	}
}

// TestReadWhileReading has a daemon that, like wireguard-go, holds its lock until a
// reply was read. Reading it again must not wait for the first reader.
func TestReadWhileReading(t *testing.T) {
	t.Parallel()
	const peers = 5000 // more than the buffers of a socket hold
	var lock sync.Mutex
	b := daemon(t, func(c net.Conn) {
		if _, err := oneRequest(c); err == nil {
			lock.Lock()
			defer lock.Unlock()
			writePeers(c, peers, 1)
		}
	})
	r, err := open(t, b, "wg0").Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := state(t.Context(), b, "wg0")
	if err != nil || len(got.Peers) != peers {
		t.Fatalf("reading again = %v, want %d peers", err, peers)
	}
	if rest, err := r.Rest(nil); err != nil || len(rest) != peers {
		t.Errorf("Rest of the first reader = %d peers, %v, want %d", len(rest), err, peers)
	}
}

func mustNext(t *testing.T, r wginternal.Reader, i byte) {
	t.Helper()
	var p wgtypes.Peer
	err := r.Next(&p)
	if err != nil || p.PublicKey[31] != i || len(p.AllowedIPs) != 1 || p.AllowedIPs[0].Addr().As4()[3] != i {
		t.Errorf("Next = %v, %v, want peer %d", p, err, i)
	}
}
