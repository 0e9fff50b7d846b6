//go:build unix

package wguser_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeDaemon is a daemon on a model of a device. It is as strict as the
// implementation that it stands for: broken has the requests that would crash it.
type fakeDaemon struct {
	old       bool // refuses to remove single prefixes, as before 2025
	boringtun bool

	mu       sync.Mutex
	device   *wgtypes.Device
	key      bool // boringtun: has a private key
	requests []string
	broken   []string // requests that would crash boringtun
	refuse   syscall.Errno
	half     func() // if set: called once, after half of a request with two peers was applied; the request fails
}

// answer answers requests: one for boringtun, any number otherwise.
func (f *fakeDaemon) answer(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		request, err := readRequest(r)
		if err != nil {
			return
		}
		reply := f.reply(request)
		if _, err := c.Write(reply); err != nil || len(reply) == 0 || f.boringtun {
			return
		}
	}
}

// readRequest reads up to the empty line.
func readRequest(r *bufio.Reader) (string, error) {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		text.WriteString(line)
		if line == "\n" {
			return text.String(), nil
		}
	}
}

// reply returns the reply to a request, or nothing to close the connection.
func (f *fakeDaemon) reply(request string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, request)
	switch {
	case request == "get=1\n\n":
		return f.get()
	case strings.HasPrefix(request, "set=1\n"):
		return f.errno(f.set(request))
	case f.boringtun:
		return f.errno(syscall.EIO)
	}
	return nil
}

func (f *fakeDaemon) errno(errno syscall.Errno) []byte {
	reply := uapi.AppendErrno(nil, errno)
	if f.boringtun {
		reply = bytes.Replace(reply, []byte("-"), nil, 1)
	}
	return reply
}

func (f *fakeDaemon) get() []byte {
	reply := uapi.AppendDevice(nil, f.device)
	if !f.boringtun {
		return reply
	}
	if key, rest, ok := bytes.Cut(reply, []byte("\n")); ok && bytes.HasPrefix(key, []byte("private_key=")) {
		reply = rest
	}
	if f.key {
		reply = append(hexLine("own_public_key", f.device.PublicKey), reply...)
	}
	return reply
}

func hexLine(key string, k wgtypes.PublicKey) []byte {
	line := uapi.AppendSet(nil, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: k}}})
	_, digits, _ := bytes.Cut(bytes.TrimSpace(line), []byte("public_key="))
	return append(append(append([]byte(key), '='), digits...), '\n')
}

func (f *fakeDaemon) set(request string) syscall.Errno {
	c, err := uapi.ParseSet(strings.NewReader(request))
	if err != nil {
		return syscall.EPROTO
	}
	if f.refuse != 0 {
		return f.refuse
	}
	if f.old && strings.Contains(request, "allowed_ip=-") {
		return syscall.EINVAL
	}
	if f.boringtun {
		f.checkBoringtun(c, request)
	}
	if f.half != nil && len(c.Peers) == 2 {
		f.device = wginternal.Apply(f.device, wgtypes.Config{Peers: c.Peers[:1]})
		f.half()
		f.half = nil
		return syscall.EIO
	}
	f.device = wginternal.Apply(f.device, c)
	return 0
}

// checkBoringtun adds to broken what would crash boringtun or what it lacks.
func (f *fakeDaemon) checkBoringtun(c wgtypes.Config, request string) {
	f.key = f.key || c.PrivateKey != nil && !c.PrivateKey.IsZero()
	for _, lacking := range []string{"update_only", "replace_allowed_ips", "allowed_ip=-"} {
		if strings.Contains(request, lacking) {
			f.broken = append(f.broken, "it has no "+lacking)
		}
	}
	exists := make(map[wgtypes.PublicKey]bool)
	if !c.ReplacePeers {
		for _, p := range f.device.Peers {
			exists[p.PublicKey] = true
		}
	}
	for _, p := range c.Peers {
		switch {
		case p.Remove:
			delete(exists, p.PublicKey)
			continue
		case !f.key:
			f.broken = append(f.broken, "a peer before a private key")
		case exists[p.PublicKey]:
			f.broken = append(f.broken, "an existing peer")
		}
		exists[p.PublicKey] = true
	}
}

// inProcess is a fakeDaemon as a device of this process.
type inProcess struct{ *fakeDaemon }

func (p inProcess) IpcGetOperation(w io.Writer) error {
	body, ok := bytes.CutSuffix(p.reply("get=1\n\n"), uapi.AppendErrno(nil, 0))
	if !ok {
		return codeError(syscall.EIO)
	}
	_, err := w.Write(body)
	return err
}

func (p inProcess) IpcSetOperation(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	err = uapi.ParseErrno(bytes.NewReader(p.reply("set=1\n" + string(body))))
	var answer *uapi.DeviceError
	if errors.As(err, &answer) {
		return codeError(answer.Errno)
	}
	return err
}

// codeError is like the *IPCError of wireguard-go.
type codeError int64

func (e codeError) Error() string    { return "its text has secrets" }
func (e codeError) ErrorCode() int64 { return int64(e) }

// sets returns the set requests so far.
func (f *fakeDaemon) sets() (sets []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.requests {
		if strings.HasPrefix(r, "set=1\n") {
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
	return f.broken
}

func (f *fakeDaemon) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}
