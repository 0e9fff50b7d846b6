//go:build linux

package wglinux

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// renameLink renames the link with that index.
func renameLink(t *testing.T, b *Backend, index int, name string) error {
	t.Helper()
	return b.changeLink(t.Context(), func(buf []byte, h nlwire.Header) []byte {
		start := len(buf)
		buf = nlwire.AppendSetLink(buf, h, uint32(index), nlwire.LinkChange{})
		payload := append([]byte(name), 0)
		buf = binary.NativeEndian.AppendUint16(buf, uint16(4+len(payload)))
		buf = binary.NativeEndian.AppendUint16(buf, 3) // IFLA_IFNAME
		buf = append(buf, payload...)
		buf = append(buf, make([]byte, -len(payload)&3)...)
		binary.NativeEndian.PutUint32(buf[start:], uint32(len(buf)-start))
		return buf
	})
}

// TestRealCreateInNamespace creates links in another namespace while another process
// creates, renames and removes links with the same name in the Backend's namespace. Its
// links must never move, and each created link must have its properties.
func TestRealCreateInNamespace(t *testing.T) {
	t.Parallel()
	from, to := newNetNS(t), newNetNS(t)
	kind, _ := linkKind(t, from)
	here, there, stranger := backendIn(t, from, kind), backendIn(t, to, kind), backendIn(t, from, kind)
	ctx := t.Context()
	const strangerMTU, mtu = 1300, 1280
	var wg sync.WaitGroup
	var done atomic.Bool
	wg.Go(func() {
		for !done.Load() {
			if err := stranger.Create(ctx, "wg1", strangerMTU, false, -1); err != nil {
				t.Errorf("Create(wg1) of the other process = %v, want nil", err)
				return
			}
			link, err := stranger.Link(ctx, "wg1", 0)
			if err == nil {
				err = renameLink(t, stranger, link.Index, "other")
			}
			if err == nil {
				err = renameLink(t, stranger, link.Index, "wg1")
			}
			if err == nil {
				err = stranger.Delete(ctx, "wg1", link.Index)
			}
			if err != nil {
				t.Errorf("rename and Delete of the other process = %v, want nil", err)
				return
			}
		}
	})
	const want = 20
	created := 0
	for attempts := 0; created < want && attempts < 10000; attempts++ {
		err := here.Create(ctx, "wg1", mtu, true, int(to.Fd()))
		if errors.Is(err, fs.ErrExist) && !since(t, 6, 15) {
			continue // the kernel also looks in the Backend's namespace
		}
		if err != nil {
			t.Errorf("Create(wg1) = %v, want nil", err)
			break
		}
		created++
		link, err := there.Link(ctx, "wg1", 0)
		if err != nil || link.MTU != mtu || !link.Up {
			t.Errorf("Link(wg1) = %+v, %v, want MTU %d and up", link, err, mtu)
		}
		if err := there.Delete(ctx, "wg1", link.Index); err != nil {
			t.Errorf("Delete(wg1) = %v, want nil", err)
		}
		if got := names(t, there); got != "" {
			t.Fatalf("the other namespace has the links %q, want none", got)
		}
	}
	done.Store(true)
	wg.Wait()
	if created < want {
		t.Errorf("%d links were created, want %d", created, want)
	}
}
