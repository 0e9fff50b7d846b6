//go:build unix

package wguser_test

import (
	"bufio"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeDaemon is a testutil.Daemon that several connections use at the same time,
// and that fails when a test wants it to.
type fakeDaemon struct {
	old       bool // wireguard-go that cannot remove single prefixes
	hangsUp   bool // wireguard-go that closes the connection instead of removing single prefixes
	boringtun bool
	gotatun   bool
	gotatun01 bool // GotaTun 0.1

	mu       sync.Mutex
	device   *wgtypes.Device
	imitator *testutil.Daemon // of the device, after the first request
	busy     []uint16         // see testutil.Daemon.BusyPorts
	requests []string
	refuse   syscall.Errno
	half     func() // if set: called once, after half of a request with two peers was applied; the request fails
}

func (f *fakeDaemon) implementation() testutil.Implementation {
	switch {
	case f.old:
		return testutil.OldWireguardGo
	case f.boringtun:
		return testutil.Boringtun
	case f.gotatun:
		return testutil.GotaTun
	case f.gotatun01:
		return testutil.OldGotaTun
	}
	return testutil.WireguardGo
}

// answer serves the requests of a connection: one for boringtun, any number
// otherwise.
func (f *fakeDaemon) answer(c net.Conn) {
	testutil.ServeRequests(c, func(request string) (text []byte, more bool) {
		text = f.reply(request)
		return text, len(text) > 0 && !f.boringtun
	})
}

func readRequest(r *bufio.Reader) (string, error) { return testutil.ReadRequest(r) }

// reply returns the reply to a request, or nothing to close the connection.
func (f *fakeDaemon) reply(request string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, request)
	d := f.daemon()
	defer func() { f.device = d.Device }()
	if !strings.HasPrefix(request, "set=1\n") {
		return d.Reply(request)
	}
	if f.hangsUp && strings.Contains(request, "allowed_ip=-") {
		return nil
	}
	if f.refuse != 0 {
		return d.Errno(f.refuse)
	}
	parts := splitPeers(request)
	if f.half != nil && len(parts) == 2 {
		d.Reply(parts[0])
		f.half()
		f.half = nil
		return d.Errno(syscall.EIO)
	}
	return d.Reply(request)
}

// daemon returns the imitator of the device. The caller holds the lock.
func (f *fakeDaemon) daemon() *testutil.Daemon {
	if f.imitator == nil || f.imitator.Device != f.device {
		var faults []string
		if f.imitator != nil {
			faults = f.imitator.Faults
		}
		f.imitator = &testutil.Daemon{Implementation: f.implementation(), Device: f.device, Faults: faults, BusyPorts: make(map[uint16]bool)}
	}
	for _, port := range f.busy {
		f.imitator.BusyPorts[port] = true
	}
	return f.imitator
}

// splitPeers splits a set request into requests with one peer each.
func splitPeers(request string) (parts []string) {
	const peer = "\npublic_key="
	pieces := strings.Split(strings.TrimSuffix(request, "\n\n"), peer)
	if len(pieces) == 1 {
		return []string{request}
	}
	for _, piece := range pieces[1:] {
		parts = append(parts, "set=1"+peer+piece+"\n\n")
	}
	parts[0] = pieces[0] + strings.TrimPrefix(parts[0], "set=1")
	return parts
}

// inProcess returns f as a device of this process.
func inProcess(f *fakeDaemon) uapi.Device {
	return testutil.Operations{Reply: func(request string) ([]byte, error) { return f.reply(request), nil }}
}

// codeError is like the *IPCError of wireguard-go.
type codeError int64

func (e codeError) Error() string    { return "its text has secrets" }
func (e codeError) ErrorCode() int64 { return int64(e) }

// question is what a Client sends to recognize GotaTun. It changes nothing.
const question = "set=1\nprotocol_version=1\n\n"

// sets returns the set requests so far, without the question.
func (f *fakeDaemon) sets() (sets []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.requests {
		if strings.HasPrefix(r, "set=1\n") && r != question {
			sets = append(sets, r)
		}
	}
	return sets
}

// current returns the state of the device.
func (f *fakeDaemon) current() *wgtypes.Device {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.device
}

// panics returns the requests that would have crashed a real daemon.
func (f *fakeDaemon) panics() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.imitator == nil {
		return nil
	}
	return f.imitator.Faults
}

// unrouted returns the prefixes that a peer lists and another one has.
func (f *fakeDaemon) unrouted() []netip.Prefix {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.daemon().Unrouted()
}

func (f *fakeDaemon) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// reset replaces the state of the device.
func (f *fakeDaemon) reset(d *wgtypes.Device) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.device = d
}

// oneRequest reads a request of a connection.
func oneRequest(c net.Conn) (string, error) { return readRequest(bufio.NewReader(c)) }
