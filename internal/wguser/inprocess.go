package wguser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// InProcess is a device of this process.
type InProcess struct {
	// Name is the name of the device. It can have any length.
	Name string
	// Device is called from several goroutines.
	Device uapi.Device
}

// NewInProcess returns the Backend of devices of this process. If two have the
// same name, the first one is used.
//
// Operations of such a device cannot be interrupted: ctx is checked only before
// each of them.
func NewInProcess(devices ...InProcess) *Backend {
	life := newLifetime()
	f := new(inProcessFinder)
	for _, d := range devices {
		f.devices = append(f.devices, &inProcess{InProcess: d, life: life, traits: traits{implementation: standard}})
	}
	return &Backend{kind: wgtypes.KindInProcess, maxName: wginternal.MaxNameAny, life: life, finder: f}
}

// inProcessFinder finds devices of this process.
type inProcessFinder struct{ devices []*inProcess }

func (f *inProcessFinder) absent() bool { return len(f.devices) == 0 }

func (f *inProcessFinder) list(context.Context) ([]string, error) {
	var names []string
	seen := make(map[string]bool)
	for _, d := range f.devices {
		if !seen[d.Name] {
			seen[d.Name] = true
			names = append(names, d.Name)
		}
	}
	return names, nil
}

func (f *inProcessFinder) find(_ context.Context, name string) (daemon, error) {
	for _, d := range f.devices {
		if d.Name == name {
			return d, nil
		}
	}
	return nil, notExist(fmt.Errorf("no device %q in this process", name))
}

// inProcess is a device of this process as a daemon. All callers of Open share it.
type inProcess struct {
	InProcess
	life   *lifetime
	mu     sync.Mutex
	traits traits
}

func (p *inProcess) name() string { return p.Name }
func (p *inProcess) close() error { return nil }

func (p *inProcess) restarted() bool { return false }

func (p *inProcess) recall() traits {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.traits
}

func (p *inProcess) note(t traits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.traits = t
}

// begin does nothing: get has read the whole state before the caller reads it.
func (p *inProcess) begin(context.Context) (end func(), err error) { return func() {}, nil }

// checkZones returns nil: the device may have a network stack of its own.
func (p *inProcess) checkZones(wgtypes.Config, string) error { return nil }

func (p *inProcess) isBoringtun(context.Context) (bool, error) { return false, nil }

func (p *inProcess) isGotaTun(context.Context) (is, certain bool, err error) {
	return false, true, nil
}

// get reads the whole state, so that the caller's code does not run while the
// device holds its lock.
func (p *inProcess) get(ctx context.Context, _ bool) (reply, error) {
	if err := p.life.check(ctx); err != nil {
		return nil, err
	}
	r := new(bufferedReply)
	if err := p.Device.IpcGetOperation(r); err != nil {
		r.wipe()
		return nil, answered(err)
	}
	r.text = uapi.AppendErrno(room(r.text, 64), 0)
	return r, nil
}

// set ignores progress: the device applies the change in one call.
func (p *inProcess) set(ctx context.Context, c wgtypes.Config, _ wginternal.Progress) (sent bool, err error) {
	if err := p.life.check(ctx); err != nil {
		return false, err
	}
	request := uapi.AppendSet(nil, c)
	defer clear(request)
	// IpcSetOperation does not expect the first line.
	_, body, _ := bytes.Cut(request, []byte{'\n'})
	return true, answered(p.Device.IpcSetOperation(bytes.NewReader(body)))
}

// answered converts an error with an errno, such as wireguard-go's *IPCError, to
// the error that the same answer over a socket gives.
func answered(err error) error {
	var ipc interface{ ErrorCode() int64 }
	if !errors.As(err, &ipc) {
		return err
	}
	answer := uapi.ParseErrno(bytes.NewReader(fmt.Appendf(nil, "errno=%d\n\n", ipc.ErrorCode())))
	if answer == nil {
		return err
	}
	// The text of err can quote the request and its keys.
	return answer
}

// bufferedReply is a reply in memory.
type bufferedReply struct {
	text  []byte
	given int
}

func (r *bufferedReply) Write(b []byte) (int, error) {
	if len(r.text)+len(b) > uapi.MaxReply {
		return 0, errReplyTooLong
	}
	r.text = append(room(r.text, len(b)), b...)
	return len(b), nil
}

func (r *bufferedReply) Read(b []byte) (int, error) {
	n := copy(b, r.text[r.given:])
	r.given += n
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *bufferedReply) Close() error {
	r.wipe()
	return nil
}

func (r *bufferedReply) wipe() {
	clear(r.text)
	*r = bufferedReply{}
}
