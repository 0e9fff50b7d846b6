package wginternal_test

import (
	"errors"
	"io"
	"io/fs"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// countTo returns a function that stores peers with the keys 1 to n, and then
// returns err.
func countTo(n int, err error) func(*wgtypes.Peer) error {
	i := 0
	return func(p *wgtypes.Peer) error {
		if i == n {
			return err
		}
		i++
		p.PublicKey = wgtypes.PublicKey{byte(i)}
		return nil
	}
}

func TestSnapshotReader(t *testing.T) {
	t.Parallel()
	wiped := 0
	r := wginternal.NewSnapshotReader(wgtypes.Device{Name: "wg0"}, countTo(3, io.EOF), func() { wiped++ })
	if d := r.Device(); d.Name != "wg0" || d == r.Device() {
		t.Errorf("Device() = %p %v, want a new copy of wg0", d, d)
	}
	var first wgtypes.Peer
	if err := r.Next(&first); err != nil || first.PublicKey[0] != 1 {
		t.Errorf("Next() = %v, %v, want peer 1", first.PublicKey, err)
	}
	var done []int
	rest, err := r.Rest(func(n, _ int) { done = append(done, n) })
	if err != nil || len(rest) != 2 || rest[0].PublicKey[0] != 2 || len(done) != 2 {
		t.Errorf("Rest() = %v, %v with progress %v, want peers 2 and 3", rest, err, done)
	}
	if err := r.Next(&first); err != io.EOF {
		t.Errorf("Next() after the last peer = %v, want %v", err, io.EOF)
	}
	for range 2 {
		if err := r.Close(); err != nil || wiped != 1 {
			t.Errorf("Close() = %v after %d calls of wipe, want nil and 1", err, wiped)
		}
	}
}

func TestSnapshotReaderError(t *testing.T) {
	t.Parallel()
	want := errors.New("malformed")
	r := wginternal.NewSnapshotReader(wgtypes.Device{}, countTo(1, want), func() {})
	if peers, err := r.Rest(nil); err != want || peers != nil {
		t.Errorf("Rest() = %v, %v, want %v", peers, err, want)
	}
	if err := r.Next(new(wgtypes.Peer)); err != want {
		t.Errorf("Next() after an error = %v, want %v", err, want)
	}
}

func TestSnapshotReaderClosed(t *testing.T) {
	t.Parallel()
	r := wginternal.NewSnapshotReader(wgtypes.Device{}, countTo(1, io.EOF), func() {})
	_ = r.Close()
	if err := r.Next(new(wgtypes.Peer)); err != fs.ErrClosed {
		t.Errorf("Next() after Close = %v, want %v", err, fs.ErrClosed)
	}
}
