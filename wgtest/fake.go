package wgtest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Fake is a daemon with a state, which it gives and changes as a good daemon
// does, but for the answers that a test ordered from it. It is no device: it
// sends no packet and has no port that anyone could take.
//
// Its Device's UAPI is the Fake itself, for wgctrl.WithDevice. Its methods may be
// called from several goroutines at once.
type Fake struct {
	*Device

	ended chan struct{} // with the test

	mu    sync.Mutex
	state *wgtypes.Device
	gets  asked
	sets  asked
	log   []wgtypes.Config
}

// asked is how often a Fake was asked for something, and the answers ordered.
type asked struct {
	times   int
	answers map[int]Answer
}

// next counts a request, and returns what was ordered for it.
func (a *asked) next() Answer {
	a.times++
	answer, ok := a.answers[a.times]
	if !ok {
		answer = a.answers[0]
	}
	return answer
}

func (a *asked) order(k int, answer Answer) {
	if a.answers == nil {
		a.answers = make(map[int]Answer)
	}
	a.answers[k] = answer
}

// NewFake starts a Fake behind a socket of its own, with a copy of state; nil is
// a device without key, port and peers. Its name is state's, or wg0.
//
// On Windows it skips the test.
func NewFake(t testing.TB, state *wgtypes.Device) *Fake {
	t.Helper()
	f := &Fake{ended: make(chan struct{}), state: &wgtypes.Device{}}
	if state != nil {
		f.state = state.Clone()
	}
	name := f.state.Name
	if name == "" {
		name = "wg0"
	}
	f.Device = UserspaceDevice(name, f.listen(t, name), fakeOperations{f})
	return f
}

// OnGet orders the answer to the k-th time, from 1, that the Fake is asked for
// its state, counted from its beginning. Number 0 is every time that has no order
// of its own. A later order replaces an earlier one; Good takes it back.
//
// NB: a Client asks a daemon for its state before it changes its port, or
// changes peers of a daemon that it does not know; that counts too.
func (f *Fake) OnGet(k int, a Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gets.order(k, a)
}

// OnSet is OnGet for the k-th change.
func (f *Fake) OnSet(k int, a Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sets.order(k, a)
}

// Gets returns how often the Fake was asked for its state.
func (f *Fake) Gets() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.gets.times
}

// Sets returns the changes that the Fake was asked for, whatever it answered,
// but for those that were no valid text.
func (f *Fake) Sets() []wgtypes.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// State returns a copy of the state.
func (f *Fake) State() *wgtypes.Device {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.Clone()
}

// SetState gives the Fake a copy of d as its state: time passed, peers shook
// hands, bytes were counted.
func (f *Fake) SetState(d *wgtypes.Device) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = d.Clone()
}

// getRequest is the one that there is.
var getRequest = string(uapi.AppendGet(nil))

// answer says what comes of a request, which ends with its empty line.
func (f *Fake) answer(request string) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	if request == getRequest {
		return f.gets.next().reply(func() []byte { return uapi.AppendDevice(nil, f.state) })
	}
	if !strings.HasPrefix(request, "set=1\n") {
		return reply{hangsUp: true}
	}
	answer := f.sets.next()
	change, err := uapi.ParseSet(strings.NewReader(request))
	if err != nil {
		return refusal(syscall.EINVAL)
	}
	f.log = append(f.log, change)
	return answer.reply(func() []byte {
		f.state = wginternal.Apply(f.state, change)
		return bytes.Clone(success)
	})
}

// listen serves the Fake on a socket until the end of the test, and returns the
// socket's path.
func (f *Fake) listen(t testing.TB, name string) (path string) {
	t.Helper()
	l, err := uapinet.ListenIn(SocketDir(t), name)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("wgtest: %v", err)
	}
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	served := make(chan error, 1)
	go func() { served <- uapinet.ServeFunc(l, f.serve) }()
	t.Cleanup(func() {
		close(f.ended)
		if err := errors.Join(l.Close(), <-served); err != nil {
			t.Errorf("wgtest: %v", err)
		}
	})
	return l.Addr().String()
}
