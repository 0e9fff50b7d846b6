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
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A misbehaviour is what a daemon does with a connection instead of answering.
// When it returns, the connection is closed. ended is closed after the test.
type misbehaviour func(c net.Conn, ended <-chan struct{})

// silence sends nothing until the test ends.
func silence(_ net.Conn, ended <-chan struct{}) { <-ended }

// heard reads a request and continues as then does.
func heard(then misbehaviour) misbehaviour {
	return func(c net.Conn, ended <-chan struct{}) {
		if _, err := readRequest(bufio.NewReader(c)); err == nil {
			then(c, ended)
		}
	}
}

// says writes a text and continues as then does.
func says(text string, then misbehaviour) misbehaviour {
	return func(c net.Conn, ended <-chan struct{}) {
		if _, err := io.WriteString(c, text); err == nil {
			then(c, ended)
		}
	}
}

// hangsUp closes the connection.
func hangsUp(net.Conn, <-chan struct{}) {}

// drips writes a text again and again, one byte a second.
func drips(text string) misbehaviour {
	return func(c net.Conn, ended <-chan struct{}) {
		for i := 0; ; i++ {
			if _, err := c.Write([]byte{text[i%len(text)]}); err != nil {
				return
			}
			select {
			case <-time.After(time.Second):
			case <-ended:
				return
			}
		}
	}
}

// repeats writes a text again and again, as fast as it is read.
func repeats(text string) misbehaviour {
	return func(c net.Conn, _ <-chan struct{}) {
		block := []byte(strings.Repeat(text, max(1, 1<<16/len(text))))
		for {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
}

// swallows reads n bytes and continues as then does.
func swallows(n int64, then misbehaviour) misbehaviour {
	return func(c net.Conn, ended <-chan struct{}) {
		if _, err := io.CopyN(io.Discard, c, n); err == nil {
			then(c, ended)
		}
	}
}

const (
	zeroKey  = "0000000000000000000000000000000000000000000000000000000000000000"
	peerLine = "public_key=" + zeroKey + "\n"
)

var misbehaviours = map[string]misbehaviour{
	"nothing ever":               silence,
	"no answer":                  heard(silence),
	"a stop in a line":           heard(says("listen_port=5", silence)),
	"a stop after a line":        heard(says("listen_port=5\n", silence)),
	"a stop in a peer":           heard(says(peerLine+"allowed_ip=10.0.0.0/8\n", silence)),
	"a stop before the end":      heard(says("errno=0\n", silence)),
	"a byte a second":            heard(drips(reply)),
	"a byte a second of nothing": drips("\n"),
	"an endless line":            heard(repeats("a")),
	"an endless key":             heard(says("private_key=", repeats("0"))),
	"endless lines":              heard(repeats("unknown=" + strings.Repeat("a", 1<<15) + "\n")),
	"endless peers":              heard(repeats(peerLine)),
	"endless prefixes":           heard(says(peerLine, repeats("allowed_ip=::/0\n"))),
	"endless line breaks":        heard(repeats("\n")),
	"endless errnos":             heard(repeats("errno=0\n")),
	"hanging up at once":         hangsUp,
	"hanging up":                 heard(hangsUp),
	"hanging up in a request":    swallows(3, hangsUp),
	"an answer before, silence":  says("errno=0\n\n", silence),
	"an answer before, no more":  says("errno=0\n\n", hangsUp),
	"a refusal before":           says("errno=-22\n\n", hangsUp),
	"a refusal and silence":      heard(says("errno=-22\n\n", silence)),
	"more than an answer":        heard(says("errno=0\n\nerrno=-22\n\n"+reply, silence)),
	"much more than an answer":   heard(says("errno=0\n\n", repeats("errno=-22\n\n"))),
	"an answer to another":       heard(says("HTTP/1.1 400 Bad Request\r\n\r\n", silence)),
}

// operations are the calls of a Backend, on the device wg0.
var operations = map[string]func(ctx context.Context, b *wguser.Backend) error{
	"List": func(ctx context.Context, b *wguser.Backend) error { _, err := b.List(ctx); return err },
	"Open": func(ctx context.Context, b *wguser.Backend) error {
		d, err := b.Open(ctx, "wg0")
		if err == nil {
			err = d.Close()
		}
		return err
	},
	"read": func(ctx context.Context, b *wguser.Backend) error { _, err := state(ctx, b, "wg0"); return err },
	"empty": func(ctx context.Context, b *wguser.Backend) error {
		return configure(ctx, b, "wg0", wgtypes.Config{})
	},
	"port": func(ctx context.Context, b *wguser.Backend) error {
		return configure(ctx, b, "wg0", wgtypes.Config{ListenPort: new(uint16(9))})
	},
	"remove": func(ctx context.Context, b *wguser.Backend) error {
		return configure(ctx, b, "wg0", wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x48))), Peers: []wgtypes.PeerConfig{
			{PublicKey: repeated(1), RemoveAllowedIPs: prefixes("10.0.0.0/8")},
		}})
	},
	"much": func(ctx context.Context, b *wguser.Backend) error {
		c := manyPeers(3000) // more than a socket's buffer holds
		c.PrivateKey, c.ReplacePeers = new(wgtypes.NewPrivateKey(repeated(0x48))), true
		return configure(ctx, b, "wg0", c)
	},
}

// isTyped reports whether err wraps an error that callers can test for: the end of
// the context, an errno, a malformed reply, or a connection that ended.
func isTyped(err error) bool {
	var answer *uapi.DeviceError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.As(err, &answer) || errors.Is(err, uapi.ErrProtocol) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// TestMisbehaviour runs all operations concurrently on a daemon that misbehaves.
// Each must end by its deadline, with nil or a typed error. The same Backend must
// then work with a daemon that behaves.
func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	for name, misbehave := range misbehaviours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var better atomic.Bool
			ended := make(chan struct{})
			end := sync.OnceFunc(func() { close(ended) })
			defer end()
			good := newFake()
			b := daemon(t, func(c net.Conn) {
				if better.Load() {
					good.answer(c)
				} else {
					misbehave(c, ended)
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			var wg sync.WaitGroup
			for what, operate := range operations {
				wg.Go(func() {
					if err := operate(ctx, b); err != nil && !isTyped(err) {
						t.Errorf("%s = %v, want nil or a typed error", what, err)
					}
				})
			}
			wg.Wait()
			better.Store(true)
			end()
			for what, operate := range operations {
				if err := operate(t.Context(), b); err != nil {
					t.Errorf("%s after that = %v, want nil", what, err)
				}
			}
		})
	}
}

// TestIncompleteExchange checks that a change fails if the daemon answers before it
// has read the whole request, or does not answer completely.
func TestIncompleteExchange(t *testing.T) {
	t.Parallel()
	for name, misbehave := range map[string]func(then misbehaviour) misbehaviour{
		"an answer before the rest was read": func(then misbehaviour) misbehaviour { return swallows(3000, says("errno=0\n\n", then)) },
		"half of an answer":                  func(then misbehaviour) misbehaviour { return heard(says("errno=0\n", then)) },
		"a device instead of an answer":      func(then misbehaviour) misbehaviour { return heard(says("listen_port=0\n\n", then)) },
	} {
		for _, hangs := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, hangs %t", name, hangs), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				then := misbehaviour(hangsUp)
				if hangs {
					then = func(_ net.Conn, ended <-chan struct{}) { cancel(); <-ended }
				}
				ended := make(chan struct{})
				defer close(ended)
				f := newFake()
				b := daemon(t, func(c net.Conn) {
					switch firstLine(c) {
					case "get=1\n":
						c.Write(f.reply("get=1\n\n"))
					case "set=1\n":
						misbehave(then)(c, ended)
					}
				})
				c := manyPeers(3000)
				c.PrivateKey = new(wgtypes.NewPrivateKey(repeated(0x48)))
				err := configure(ctx, b, "wg0", c)
				var partial *wginternal.PartialError
				if !isTyped(err) || !errors.As(err, &partial) || len(partial.Unknown.Peers) != len(c.Peers) {
					t.Errorf("Configure = %v, want a typed error in a PartialError with %d unknown peers", err, len(c.Peers))
				}
			})
		}
	}
}

// TestFaultAtEveryLine has a daemon that applies the first n lines of a change and
// then fails. The whole change must be Unknown, and applying it again must succeed.
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
			t.Errorf("failing after line %d = %v, want %v with all of the change as Unknown", n, err, syscall.ENOMEM)
		}
		have, err := state(t.Context(), b, "wg0")
		if err != nil {
			t.Fatal(err)
		}
		if err := configure(t.Context(), b, "wg0", wginternal.Diff(have, want, nil)); err != nil {
			t.Errorf("repeated after line %d = %v, want nil", n, err)
		}
		if left := wginternal.Diff(f.current(), want, nil); !left.IsZero() {
			t.Errorf("repeated after line %d: peers left to change = %d, want 0", n, len(left.Peers))
		}
		b.Close()
	}
	t.Logf("failed after each of %d lines", len(lines))
}

// FuzzConversation has a daemon that sends arbitrary replies. Operations must
// return nil or a typed error, without a part of a key; a *PartialError must have
// all peers as Unknown.
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
			mustBeTyped(t, err)
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
			mustBeTyped(t, err)
			var partial *wginternal.PartialError
			if errors.As(err, &partial) && len(partial.Unknown.Peers) != len(c.Peers) {
				t.Errorf("Unknown of %v = %v, want %v", err, partial.Unknown, c)
			}
		}
	})
}

// mustBeTyped fails unless err is a short error that callers can test for.
func mustBeTyped(t *testing.T, err error) {
	t.Helper()
	var answer *uapi.DeviceError
	typed := errors.As(err, &answer) || errors.Is(err, uapi.ErrProtocol) || errors.Is(err, wguser.ErrKeyFirst) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
	if !typed || len(err.Error()) > 300 {
		t.Errorf("error = %v, want a typed error", err)
	}
	if strings.Contains(err.Error(), "48484848") {
		t.Errorf("error %q contains a part of a key, want none", err)
	}
}
