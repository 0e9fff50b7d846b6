package wguser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// keptReply is a reply that keeps the memory that it was read into.
type keptReply struct {
	text   *strings.Reader
	memory [][]byte
	closed int
}

func (r *keptReply) Read(b []byte) (int, error) {
	n, err := r.text.Read(b)
	r.memory = append(r.memory, b[:n])
	return n, err
}

func (r *keptReply) Close() error {
	r.closed++
	return nil
}

// replyDaemon is a daemon whose state is a text.
type replyDaemon struct {
	daemon
	text   string
	traits traits
	last   *keptReply
}

func (d *replyDaemon) get(context.Context, bool) (reply, error) {
	d.last = &keptReply{text: strings.NewReader(d.text)}
	return d.last, nil
}

func (d *replyDaemon) recall() traits { return d.traits }
func (d *replyDaemon) note(t traits)  { d.traits = t }

func (d *replyDaemon) mustBeClean(t *testing.T, what string) {
	t.Helper()
	if d.last.closed == 0 {
		t.Errorf("%s did not close the reply", what)
	}
	for _, b := range d.last.memory {
		for i := range b {
			if b[i] != 0 {
				t.Errorf("%s left %.30q in memory, want zeros", what, b)
				return
			}
		}
	}
}

// TestRepliesAreClosedAndCleared checks that everything that reads a reply closes it
// and clears the memory, also after an error.
func TestRepliesAreClosedAndCleared(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("1", 64)
	peer := "public_key=" + key + "\npreshared_key=" + key + "\n"
	for _, test := range []struct {
		text string
		want error // of reading all peers
	}{
		{"private_key=" + key + "\n" + peer + peer[:76] + "errno=0\n\n", nil},
		{"private_key=" + key + "\nerrno=0\n\n", nil},
		{"listen_port=1\n" + peer + "errno=0\n\n", nil},
		{"private_key=" + key + "\nlisten_port=x\n", uapi.ErrProtocol},
		{"private_key=" + key + "\n" + peer + "allowed_ip=x\n", uapi.ErrProtocol},
		{"private_key=" + key + "\n" + peer, uapi.ErrProtocol},
	} {
		d := &replyDaemon{text: test.text}
		s := &session{ctx: t.Context(), daemon: d}
		_ = s.ask(new(traits))
		d.mustBeClean(t, fmt.Sprintf("ask with %q", test.text))

		if _, err := s.read(); !errors.Is(err, test.want) {
			t.Errorf("read with %q = %v, want %v", test.text, err, test.want)
		}
		d.mustBeClean(t, fmt.Sprintf("read with %q", test.text))

		dev := &device{life: newLifetime(), daemon: d}
		if _, err := wginternal.ReadDevice(t.Context(), dev, nil); !errors.Is(err, test.want) {
			t.Errorf("ReadDevice with %q = %v, want %v", test.text, err, test.want)
		}
		d.mustBeClean(t, fmt.Sprintf("ReadDevice with %q", test.text))

		mustEndClean(t, dev, d, test.text)
	}
}

// mustEndClean reads with Next, and closes the Reader only if Next does not fail.
func mustEndClean(t *testing.T, dev *device, d *replyDaemon, text string) {
	t.Helper()
	r, err := dev.Read(t.Context())
	for err == nil {
		err = r.Next(new(wgtypes.Peer))
	}
	d.mustBeClean(t, fmt.Sprintf("Next with %q, which returned %v,", text, err))
	if r, err = dev.Read(t.Context()); err == nil {
		r.Close()
	}
	d.mustBeClean(t, fmt.Sprintf("Close with %q", text))

	ctx, cancel := context.WithCancel(t.Context())
	if r, err = dev.Read(ctx); err == nil {
		cancel()
		if err := r.Next(new(wgtypes.Peer)); !errors.Is(err, context.Canceled) {
			t.Errorf("Next after the end of the context = %v, want %v", err, context.Canceled)
		}
	}
	cancel()
	d.mustBeClean(t, fmt.Sprintf("canceled Next with %q", text))
}
