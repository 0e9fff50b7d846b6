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

// setFamily loads the module, or unloads it if number is 0.
func (k *fakeKernel) setFamily(number uint16) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.family = number
}

// TestModule unloads the module and loads it again, so that the number of its
// family changes. No set request goes to a number that it had before.
func TestModule(t *testing.T) {
	t.Parallel()
	k := withDevice(1)
	b := k.backend(t)
	for _, family := range []uint16{0, 31, 0, 40, 41} {
		k.setFamily(family)
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
	if k.strays != 0 {
		t.Errorf("%d set requests had the number of another family, want 0", k.strays)
	}
}

// TestFamilyNumberReused gives the number that the family had to another family,
// with each kind of answer to a read: the read looks the number up again.
func TestFamilyNumberReused(t *testing.T) {
	t.Parallel()
	const before, after = 31, 1000
	reply := func(q request, index uint32) [][]byte {
		h := nlwire.Header{Type: before, Seq: q.header.Seq, PID: q.header.PID}
		for b := range nltest.Fragment(&wgtypes.Device{Index: int(index), Name: "other"}, h, 4096) {
			return [][]byte{append(b, done(q.header, 0, 0)...)}
		}
		return nil
	}
	for name, answer := range map[string]func(q request) [][]byte{
		"no family":      func(q request) [][]byte { return [][]byte{ack(q.header, unix.ENOENT)} },
		"no dump":        func(q request) [][]byte { return [][]byte{ack(q.header, unix.EOPNOTSUPP)} },
		"refused":        func(q request) [][]byte { return [][]byte{ack(q.header, unix.EPERM)} },
		"no device":      func(q request) [][]byte { return [][]byte{ack(q.header, unix.ENODEV)} },
		"empty dump":     func(q request) [][]byte { return [][]byte{done(q.header, 0, 0)} },
		"another device": func(q request) [][]byte { return reply(q, idxEth) },
		"another format": func(q request) [][]byte {
			return [][]byte{nltest.AppendLink(nil, nlwire.Header{Seq: q.header.Seq, PID: q.header.PID}, nlwire.Link{Index: idxWG})}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := withDevice(3)
			b := k.backend(t)
			k.setFamily(before)
			want, err := read(t, b)
			if err != nil {
				t.Fatalf("read() = %v, want nil", err)
			}
			k.setFamily(after)
			others := 0
			k.setFault(func(q request) [][]byte {
				if q.header.Type != before {
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
					t.Error(diff)
				}
			}
			if others != 1 {
				t.Errorf("%d requests had the old number, want 1", others)
			}
		})
	}
}

// TestFamilyLookups counts the lookups: one for all reads, one for each write.
func TestFamilyLookups(t *testing.T) {
	t.Parallel()
	k := withDevice(1)
	lookups := 0
	b := k.between(t, func(inner transport) transport {
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
