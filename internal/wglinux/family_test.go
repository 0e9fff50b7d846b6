//go:build linux

package wglinux

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestModuleReloaded unloads the module and loads it again, so that the number of its
// family changes. No set request goes to a number that it had before.
func TestModuleReloaded(t *testing.T) {
	t.Parallel()
	k := withDevice(1)
	b := fakeBackend(t, k)
	for _, family := range []uint16{0, 31, 0, 40, 41} {
		k.SetFamily(family)
		_, readErr := read(t, b)
		for call, err := range map[string]error{"read": readErr, "configure": configure(t, b, wgtypes.Config{FirewallMark: new(uint32(1))})} {
			if family != 0 && err != nil {
				t.Errorf("family %d: %s() = %v, want nil", family, call, err)
			}
			if family == 0 && !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("no family: %s() = %v, want ErrUnsupported", call, err)
			}
		}
	}
	if k.Strays() != 0 {
		t.Errorf("%d set requests had the number of another family, want 0", k.Strays())
	}
}

// TestFamilyMissing checks that a failed lookup closes its connection, on which more of
// the reply may arrive, and that later reads do not use the old number.
func TestFamilyMissing(t *testing.T) {
	t.Parallel()
	k := withDevice(1)
	b := fakeBackend(t, k)
	if _, err := read(t, b); err != nil {
		t.Fatal(err)
	}
	k.SetFamily(0)
	for range 2 {
		if _, err := read(t, b); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("read() without the module = %v, want ErrUnsupported", err)
		}
		if n := k.Sockets(); n != 1 {
			t.Errorf("%d sockets are open, want only the one for links", n)
		}
		k.SetFault(func(q nltest.Exchange) [][]byte {
			t.Errorf("a request has the old number %d, want none", q.Header.Type)
			return nil
		})
	}
}

// TestFamilyNumberReused gives the family's old number to another family, which answers
// a read in several ways. The read must look the number up again.
func TestFamilyNumberReused(t *testing.T) {
	t.Parallel()
	const before, after = 31, 1000
	reply := func(q nltest.Exchange, index uint32) [][]byte {
		h := nlwire.Header{Type: before, Seq: q.Header.Seq, PID: q.Header.PID}
		for b := range nltest.Fragment(&wgtypes.Device{Index: int(index), Name: "other"}, h, 4096) {
			return [][]byte{append(b, nltest.Done(q.Header, 0, 0)...)}
		}
		return nil
	}
	for name, answer := range map[string]func(q nltest.Exchange) [][]byte{
		"no family":      func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.ENOENT)} },
		"no dump":        func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.EOPNOTSUPP)} },
		"refused":        func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.EPERM)} },
		"no device":      func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Ack(q.Header, unix.ENODEV)} },
		"empty dump":     func(q nltest.Exchange) [][]byte { return [][]byte{nltest.Done(q.Header, 0, 0)} },
		"another device": func(q nltest.Exchange) [][]byte { return reply(q, nltest.IndexEth) },
		"another format": func(q nltest.Exchange) [][]byte {
			return [][]byte{nltest.AppendLink(nil, nlwire.Header{Seq: q.Header.Seq, PID: q.Header.PID}, nlwire.Link{Index: nltest.IndexWG})}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := withDevice(3)
			b := fakeBackend(t, k)
			k.SetFamily(before)
			want, err := read(t, b)
			if err != nil {
				t.Fatalf("read() = %v, want nil", err)
			}
			k.SetFamily(after)
			others := 0
			k.SetFault(func(q nltest.Exchange) [][]byte {
				if q.Header.Type != before {
					return nil
				}
				others++
				return answer(q)
			})
			for range 2 {
				got, err := read(t, b)
				if err != nil {
					t.Fatalf("read() = %v, want nil", err)
				}
				if diff := diff(want, got); diff != "" {
					t.Errorf("read() (-want +got):\n%s", diff)
				}
			}
			if others != 1 {
				t.Errorf("%d requests had the old number, want 1", others)
			}
		})
	}
}

// TestFamilyLookups checks that there is one lookup for all reads and one for each write.
func TestFamilyLookups(t *testing.T) {
	t.Parallel()
	k := withDevice(1)
	lookups := 0
	b := between(t, k, func(inner transport) transport {
		return tampering{transport: inner, step: func(call string) {
			if call == "Family" {
				lookups++
			}
		}}
	})
	for range 10 {
		if _, err := read(t, b); err != nil {
			t.Fatalf("read() = %v, want nil", err)
		}
	}
	if lookups != 1 {
		t.Errorf("10 reads made %d lookups, want 1", lookups)
	}
	for range 3 {
		if err := configure(t, b, wgtypes.Config{}); err != nil {
			t.Fatalf("configure() = %v, want nil", err)
		}
	}
	if lookups != 4 {
		t.Errorf("3 writes made %d lookups, want 3", lookups-1)
	}
}
