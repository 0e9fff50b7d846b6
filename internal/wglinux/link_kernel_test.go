//go:build linux

package wglinux

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// renameLink renames the link with that index.
func renameLink(t *testing.T, b *Backend, index int, name string) error {
	t.Helper()
	return changeWith(t, b, index, unix.RTM_NEWLINK, 0, textAttr(unix.IFLA_IFNAME, name))
}

// changeWith sends a request about a link with one attribute.
func changeWith(t *testing.T, b *Backend, index int, typ, flags uint16, attribute []byte) error {
	t.Helper()
	return b.changeLink(t.Context(), func(buf []byte, h nlwire.Header) []byte {
		start := len(buf)
		buf = nlwire.AppendSetLink(buf, h, uint32(index), nlwire.LinkChange{})
		buf = append(buf, attribute...)
		binary.NativeEndian.PutUint32(buf[start:], uint32(len(buf)-start))
		binary.NativeEndian.PutUint16(buf[start+4:], typ)
		binary.NativeEndian.PutUint16(buf[start+6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK|flags)
		return buf
	})
}

// textAttr returns an attribute with a string.
func textAttr(typ uint16, s string) []byte {
	return anyAttr(typ, append([]byte(s), 0))
}

func anyAttr(typ uint16, payload []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, payload...)
	return append(b, make([]byte, -len(payload)&3)...)
}

// TestRealNames uses links of a real kernel whose names have backslashes and control
// bytes, and a link by its alternative name.
func TestRealNames(t *testing.T) {
	t.Parallel()
	ns := newNetNS(t)
	kind, _ := linkKind(t, ns)
	b := backendIn(t, ns, kind)
	ctx := t.Context()
	for _, name := range []string{`a\b`, "\x1b[31m", "\x7f", "\xff\xfe", "alternative"} {
		if err := b.Create(ctx, "wg0", 0, false, -1); err != nil {
			t.Fatal(err)
		}
		link, err := b.Link(ctx, "wg0", 0)
		if err != nil {
			t.Fatal(err)
		}
		listed := name
		if name == "alternative" {
			const newLinkProp = 108 // RTM_NEWLINKPROP
			listed = "wg0"
			err = changeWith(t, b, link.Index, newLinkProp, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_APPEND,
				anyAttr(unix.IFLA_PROP_LIST|unix.NLA_F_NESTED, textAttr(unix.IFLA_ALT_IFNAME, name)))
		} else {
			err = renameLink(t, b, link.Index, name)
		}
		if err != nil {
			t.Fatalf("name the link %q: %v", name, err)
		}
		if got := names(t, b); got != listed+" " {
			t.Errorf("links = %q, want %q", got, listed+" ")
		}
		if d, err := b.Open(ctx, name); err != nil || d.Ref().Name != listed || d.Ref().Index != link.Index {
			t.Errorf("Open(%q) = %+v, %v, want %q with index %d", name, d, err, listed, link.Index)
		}
		if err := b.SetLink(ctx, name, 0, new(1300), nil); err != nil {
			t.Errorf("SetLink(%q) = %v, want nil", name, err)
		}
		if got, err := b.Link(ctx, name, link.Index); err != nil || got.MTU != 1300 {
			t.Errorf("Link(%q) = %+v, %v, want MTU 1300", name, got, err)
		}
		if err := b.Delete(ctx, name, 0); err != nil {
			t.Errorf("Delete(%q) = %v, want nil", name, err)
		}
	}
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
	const want = 10
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
