//go:build unix

package wguser_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzConversation has a daemon that answers anything: reading and changing it
// ends well or with an error that a caller can tell, a change that was sent and
// failed with a *PartialError, and neither holds what was said or asked.
func FuzzConversation(f *testing.F) {
	own := "own_public_key=" + zeroKey + "\n"
	for _, get := range []string{"", reply, own + "errno=0\n\n", own + peerLine + "errno=0\n\n", "errno=0\n\n", "errno=-1\n\n", "listen_port=7\n" + peerLine} {
		for _, set := range []string{"", "errno=0\n\n", "errno=-98\n\n", "errno=22\n\n", "errno=5\n\n", reply} {
			f.Add(get, set)
		}
	}
	var mu sync.Mutex
	var get, set string
	dir := tempDir(f)
	listen(f, dir, "wg0", func(c net.Conn) {
		request, err := readRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		mu.Lock()
		text := set
		if strings.HasPrefix(request, "get") {
			text = get
		}
		mu.Unlock()
		c.Write([]byte(text))
	})
	key := wgtypes.NewPrivateKey(repeated(0x48))
	f.Fuzz(func(t *testing.T, getText, setText string) {
		mu.Lock()
		get, set = getText, setText
		mu.Unlock()
		b := wguser.New(wguser.Config{Dirs: []string{dir}, Untrusted: true})
		defer b.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := state(ctx, b, "wg0"); err != nil {
			mustBeTold(t, err)
		}
		for _, c := range []wgtypes.Config{
			{ListenPort: new(uint16(8))},
			{PrivateKey: &key, Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), AllowedIPs: prefixes("10.0.0.0/8")}}},
			{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1), UpdateOnly: true, RemoveAllowedIPs: prefixes("10.0.0.0/8")}}},
		} {
			err := configure(ctx, b, "wg0", c)
			if err == nil {
				continue
			}
			mustBeTold(t, err)
			var partial *wginternal.PartialError
			if errors.As(err, &partial) && len(partial.Unknown.Peers) != len(c.Peers) {
				t.Errorf("%v says that %v may be done, of %v", err, partial.Unknown, c)
			}
		}
	})
}

// mustBeTold fails unless err is one that a caller can tell, and short.
func mustBeTold(t *testing.T, err error) {
	t.Helper()
	var answer *uapi.DeviceError
	told := errors.As(err, &answer) || errors.Is(err, uapi.ErrProtocol) || errors.Is(err, wguser.ErrKeyFirst) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
	if !told || len(err.Error()) > 300 {
		t.Errorf("%v", err)
	}
	if strings.Contains(err.Error(), "48484848") {
		t.Errorf("%v holds a part of a key", err)
	}
}
