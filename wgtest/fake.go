package wgtest

import (
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Fake is a daemon that keeps the state of a device in memory. It replies like a
// correct daemon, except where the test sets another Answer. It sends no packets
// and opens no UDP port.
//
// UAPI returns the Fake itself, for [wgctrl.WithDevice]. The methods of a Fake are
// safe for concurrent use.
type Fake struct {
	*Device

	ended chan struct{} // closed at the end of the test

	mu     sync.Mutex
	daemon testutil.Daemon
	gets   requests
	sets   requests
	log    []wgtypes.Config
}

// requests counts the requests of one kind and has the Answers to them.
type requests struct {
	count   int
	answers map[int]Answer
}

// next counts a request and returns the Answer to it.
func (r *requests) next() Answer {
	r.count++
	answer, ok := r.answers[r.count]
	if !ok {
		answer = r.answers[0]
	}
	return answer
}

func (r *requests) setAnswer(k int, answer Answer) {
	if r.answers == nil {
		r.answers = make(map[int]Answer)
	}
	r.answers[k] = answer
}

// NewFake starts a Fake with its own socket and a copy of state. A nil state is a
// device without key, port and peers. The name of the Fake is state.Name, or wg0.
//
// On Windows it skips the test.
func NewFake(t testing.TB, state *wgtypes.Device) *Fake {
	t.Helper()
	if state == nil {
		state = &wgtypes.Device{}
	}
	f := &Fake{ended: make(chan struct{}), daemon: testutil.Daemon{Device: state.Clone()}}
	name := state.Name
	if name == "" {
		name = "wg0"
	}
	f.Device = UserspaceDevice(name, f.listen(t, name), testutil.Operations{Reply: f.operate})
	return f
}

// OnGet sets the Answer to the k-th request for the state, counted from 1 since the
// start of the Fake. k = 0 sets the Answer to every request that has no other one.
// A later call replaces an earlier one; Good restores the default.
//
// A Client also reads the state before it changes the port. It also reads it before
// it changes peers, until one of these readings has returned a key or a peer. These
// requests count too. A Client may also ask whether the Fake is GotaTun, by a request
// that changes nothing: it does not count.
func (f *Fake) OnGet(k int, a Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gets.setAnswer(k, a)
}

// OnSet sets the Answer to the k-th change, like OnGet.
func (f *Fake) OnSet(k int, a Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sets.setAnswer(k, a)
}

// Gets returns the number of requests for the state.
func (f *Fake) Gets() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.gets.count
}

// Sets returns all changes that the Fake has received, including those that it did
// not execute, except for changes whose text was invalid.
func (f *Fake) Sets() []wgtypes.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// State returns a copy of the state.
func (f *Fake) State() *wgtypes.Device {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.daemon.Device.Clone()
}

// SetState replaces the state by a copy of d, for example to simulate handshakes
// and traffic.
func (f *Fake) SetState(d *wgtypes.Device) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.daemon.Device = d.Clone()
}

// question is the request by which a Client recognizes GotaTun. It is not a change, so
// the Fake answers it as wireguard-go does and does not count it.
const question = "set=1\nprotocol_version=1\n\n"

// answer returns the reply to a request, which ends with an empty line.
func (f *Fake) answer(request string) reply {
	f.mu.Lock()
	defer f.mu.Unlock()
	execute := func() []byte { return f.daemon.Reply(request) }
	if request == testutil.GetRequest {
		return f.gets.next().reply(execute)
	}
	if !strings.HasPrefix(request, "set=1\n") {
		return reply{hangsUp: true}
	}
	if request == question {
		return reply{text: execute()}
	}
	answer := f.sets.next()
	if change, err := uapi.ParseSet(strings.NewReader(request)); err == nil {
		f.log = append(f.log, change)
	}
	return answer.reply(execute)
}

// serve answers the requests on one connection until it is closed.
func (f *Fake) serve(c net.Conn) {
	testutil.ServeRequests(c, func(request string) (text []byte, more bool) {
		answer := f.answer(request)
		if answer.hangs {
			<-f.ended
		}
		return answer.text, !answer.hangs && !answer.hangsUp
	})
}

// operate is for the Fake as an in-process device.
func (f *Fake) operate(request string) ([]byte, error) {
	answer := f.answer(request)
	if answer.hangs {
		return nil, errors.New("wgtest: Hang works only over the socket of a Fake")
	}
	return answer.text, nil
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
