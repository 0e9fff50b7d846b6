//go:build unix

package wguser_test

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestFaultAtEveryLine has a daemon that applies so many lines of a change and
// then refuses: the caller learns that nothing of it is known, and the same
// description, given again, makes the device what it says.
func TestFaultAtEveryLine(t *testing.T) {
	t.Parallel()
	want := wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x58)).Clamped()), FirewallMark: new(uint32(9)), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			{PublicKey: repeated(2), ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.1.0.0/16", "10.7.0.0/16")},
			{PublicKey: repeated(5), ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.3.0.0/16"), PresharedKey: new(wgtypes.NewPresharedKey(repeated(6)))},
			{PublicKey: repeated(1), ReplaceAllowedIPs: true},
		},
	}
	lines := strings.SplitAfter(string(uapi.AppendSet(nil, want)), "\n")
	lines = lines[:len(lines)-2] // without the empty one
	for n := 1; n <= len(lines); n++ {
		f := new(fakeDaemon)
		withFake(t, f) // its state
		var failed atomic.Bool
		b := daemon(t, func(c net.Conn) {
			request, err := readRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			if !strings.HasPrefix(request, "set") || failed.Swap(true) {
				c.Write(f.reply(request))
				return
			}
			f.reply(strings.Join(lines[:n], "") + "\n")
			c.Write(uapi.AppendErrno(nil, syscall.ENOMEM))
		})
		err := configure(t.Context(), b, "wg0", want)
		var partial *wginternal.PartialError
		if !errors.Is(err, syscall.ENOMEM) || !errors.As(err, &partial) || len(partial.Unknown.Peers) != len(want.Peers) || !failed.Load() {
			t.Errorf("failing behind line %d: %v", n, err)
		}
		have, err := state(t.Context(), b, "wg0")
		if err != nil {
			t.Fatal(err)
		}
		if err := configure(t.Context(), b, "wg0", wginternal.Diff(have, want, nil)); err != nil {
			t.Errorf("trying again behind line %d: %v", n, err)
		}
		if left := wginternal.Diff(f.current(), want, nil); !wginternal.IsEmpty(left) {
			t.Errorf("trying again behind line %d left %d peers to be changed", n, len(left.Peers))
		}
		b.Close()
	}
	t.Logf("each of %d lines was the last", len(lines))
}
