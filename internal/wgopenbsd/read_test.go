package wgopenbsd_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestRead checks that a device is read with everything that the kernel has.
func TestRead(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		want := someDevice()
		for i := range want.Peers {
			want.Peers[i].Endpoint = netip.AddrPort{} // see TestZones
		}
		want.Name, want.Kind, want.Index = "wg0", wgtypes.KindKernel, k.Index("wg0")
		k.Load("wg0", want)
		if diff := cmp.Diff(want, read(t, k), equal...); diff != "" {
			t.Errorf("device (-want +got):\n%s", diff)
		}
	})
}

// TestReadUnprivileged checks what an ordinary user gets: OpenBSD's kernel hides all
// peers and keys, which must not look like a device without them; DragonFly BSD's hides
// only the secrets.
func TestReadUnprivileged(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		have := someDevice()
		have.PrivateKey, have.PublicKey = testutil.Key1, testutil.Key1.PublicKey()
		k.Load("wg0", have)
		k.SetUnprivileged(true)
		d, err := testutil.ReadDevice(t.Context(), k.Backend(), "wg0")
		if k.Config().OS == wgopenbsd.OpenBSD {
			if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "root") {
				t.Errorf("Read() = %v, %v, want fs.ErrPermission that names root", d, err)
			}
			return
		}
		if err != nil || d.PublicKey != have.PublicKey || !d.PrivateKey.IsZero() || len(d.Peers) != len(have.Peers) {
			t.Fatalf("Read() = %v, %v, want %d peers and the public key, without the private key", d, err, len(have.Peers))
		}
		for i, p := range d.Peers {
			if !p.PresharedKey.IsZero() || !slices.Equal(p.AllowedIPs, have.Peers[i].AllowedIPs) {
				t.Errorf("peer %d = %v, want its allowed IPs without its preshared key", i, p)
			}
		}
	})
}

// TestReadGrowing checks that a device that grows while it is read is read again, but not
// without end.
func TestReadGrowing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		grows int // how often
		want  error
	}{{0, nil}, {1, nil}, {5, nil}, {1000, wginternal.ErrInterrupted}} {
		k := start(t, kerneltest.NewOpenBSD())
		d := &wgtypes.Device{}
		gets := 0
		b := hooked(k, func(c call) error {
			if c.isGet() {
				if gets++; gets <= test.grows {
					// This is more than the room that the backend adds.
					for range len(d.Peers)/2 + 1 {
						d.Peers = append(d.Peers, wgtypes.Peer{PublicKey: testutil.ManyKey(len(d.Peers))})
					}
					k.Load("wg0", d)
				}
			}
			return nil
		})
		r, err := open(t, b).Read(t.Context())
		if !errors.Is(err, test.want) {
			t.Fatalf("Read() of a device that grows %d times = %v, want %v", test.grows, err, test.want)
		}
		if want := min(test.grows+1, 16); gets != want {
			t.Errorf("Read() of a device that grows %d times asked %d times, want %d", test.grows, gets, want)
		}
		if err != nil {
			continue
		}
		if peers, err := r.Rest(nil); err != nil || len(peers) != len(d.Peers) {
			t.Errorf("%d peers, %v, want %d", len(peers), err, len(d.Peers))
		}
	}
}

// TestReadRoom checks that a device that grew is read with room for an eighth more, so that
// one that goes on growing slowly is read at once.
func TestReadRoom(t *testing.T) {
	t.Parallel()
	k := start(t, kerneltest.NewOpenBSD())
	k.Load("wg0", large(1, 1))
	var rooms []int
	need := 0
	b := between(k, func(c call) error {
		if c.isGet() {
			rooms = append(rooms, len(c.data))
			k.Load("wg0", large(100+len(rooms), 1))
		}
		return nil
	}, func(c call) error {
		if c.isGet() && need == 0 {
			need = int(binary.NativeEndian.Uint64(c.arg[bsd.NameLen:]))
		}
		return nil
	})
	if _, err := open(t, b).Read(t.Context()); err != nil {
		t.Fatalf("Read() = %v, want nil", err)
	}
	if want := need + need/8; len(rooms) != 2 || rooms[1] != want {
		t.Errorf("Read() asked with room for %v bytes, want a second time with %d for a device of %d", rooms, want, need)
	}
}

// TestReadShrinking checks a device that needs less room than when it was opened.
func TestReadShrinking(t *testing.T) {
	t.Parallel()
	k := start(t, kerneltest.NewOpenBSD())
	k.Load("wg0", large(100, 1))
	d := open(t, k.Backend())
	k.Load("wg0", large(1, 1))
	got, err := wginternal.ReadDevice(t.Context(), d, nil)
	if err != nil || len(got.Peers) != 1 {
		t.Errorf("Read() = %v, %v, want one peer", got, err)
	}
}

// TestReadSizes checks sizes that a kernel cannot mean. The backend must not allocate a
// buffer for them.
func TestReadSizes(t *testing.T) {
	t.Parallel()
	for _, size := range []uint64{0, 79, 81, 1 << 40, 1<<64 - 1} {
		k := start(t, kerneltest.NewOpenBSD())
		b := between(k, func(call) error { return nil }, func(c call) error {
			if c.isGet() {
				binary.NativeEndian.PutUint64(c.arg[bsd.NameLen:], size)
			}
			return nil
		})
		got, err := testutil.ReadDevice(t.Context(), b, "wg0")
		if !errors.Is(err, wgopenbsd.ErrMalformed) {
			t.Errorf("Read() with a reply of %d bytes = %v, %v, want ErrMalformed", size, got, err)
		}
	}
}

// TestReadFails checks that the error of the ioctl is returned.
func TestReadFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ err, want error }{
		{syscall.EFAULT, syscall.EFAULT}, {syscall.ENXIO, fs.ErrNotExist}, {syscall.EPERM, fs.ErrPermission},
	} {
		b := hooked(start(t, kerneltest.NewOpenBSD()), func(c call) error {
			if c.isGet() {
				return test.err
			}
			return nil
		})
		if d, err := testutil.ReadDevice(t.Context(), b, "wg0"); !errors.Is(err, test.want) {
			t.Errorf("Read() with %v = %v, %v, want %v", test.err, d, err, test.want)
		}
	}
}

// TestReadMalformedPeer checks that an invalid peer ends the Reader with ErrMalformed, and
// that it stays closed.
func TestReadMalformedPeer(t *testing.T) {
	t.Parallel()
	k := start(t, kerneltest.NewOpenBSD())
	k.Load("wg0", &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: testutil.PeerA, AllowedIPs: testutil.Prefixes("10.0.0.0/8")}}})
	b := between(k, func(call) error { return nil }, func(c call) error {
		if c.isGet() {
			c.data[80+208] = 99 // the family of the allowed IP
		}
		return nil
	})
	r, err := open(t, b).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if peers, err := r.Rest(nil); !errors.Is(err, wgopenbsd.ErrMalformed) || !strings.Contains(err.Error(), testutil.PeerA.String()) {
		t.Errorf("Rest() = %v, %v, want ErrMalformed that names the peer", peers, err)
	}
}

// TestReadWrongRelease checks that devices of a kernel whose release is wrong are read and
// changed with its real layout.
func TestReadWrongRelease(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"7.2", "7.8"} {
		k := start(t, kerneltest.NewOpenBSDRelease(release, "amd64"))
		k.Load("wg0", large(3, 2))
		c := k.Config()
		c.Release = map[string]string{"7.2": "7.8", "7.8": "7.2"}[release]
		b := wgopenbsd.NewWith(c)
		for range 2 {
			if d, err := testutil.ReadDevice(t.Context(), b, "wg0"); err != nil || len(d.Peers) != 3 {
				t.Fatalf("Read() = %v, %v, want 3 peers", d, err)
			}
		}
		change := testutil.Peers(testutil.FullPeer(testutil.PeerA), testutil.FullPeer(testutil.PeerB, "fd00::/8"))
		if err := testutil.ConfigureDevice(t.Context(), b, "wg0", change); err != nil {
			t.Errorf("Configure() = %v, want nil", err)
		}
		if got := len(read(t, k).Peers); got != 5 {
			t.Errorf("%d peers, want 5", got)
		}
	}
}

// TestZones checks that the zone of an endpoint is the name of the interface.
func TestZones(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		k.Add("em0", "egress")
		k.Add("4", "") // an interface whose name is a number, but not its own
		b := k.Backend()
		for _, test := range []struct{ zone, want string }{
			{"em0", "em0"},
			{strconv.Itoa(k.Index("em0")), "em0"},
			{"99", "99"},
			{"4294967295", "4294967295"}, // more than the index of an interface
			{"4", "4"},
		} {
			c := testutil.Peers(testutil.At(testutil.PeerA, "[fe80::1%"+test.zone+"]:7"), testutil.At(testutil.PeerB, "[fe80::2%"+test.zone+"]:7"))
			if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
				t.Fatalf("Configure() with zone %q = %v, want nil", test.zone, err)
			}
			for _, p := range read(t, k).Peers {
				if got := p.Endpoint.Addr().Zone(); got != test.want {
					t.Errorf("zone %q became %q, want %q", test.zone, got, test.want)
				}
			}
		}
	})
}

// TestUnknownZone checks that a zone that is not an interface is refused before anything
// is sent, and that the error names the peer.
func TestUnknownZone(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		c := testutil.Peers(testutil.FullPeer(testutil.PeerA), testutil.At(testutil.PeerB, "[fe80::1%em7]:7"))
		err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c)
		fe, ok := errors.AsType[*wgtypes.FieldError](err)
		if !ok || fe.Peer != testutil.PeerB || fe.Index != 1 || !strings.Contains(fe.Reason, `"em7"`) {
			t.Errorf("Configure() = %v, want a FieldError of peer 1 (%v) that names em7", err, testutil.PeerB)
		}
		if got := k.Requests(); got != 0 {
			t.Errorf("%d requests, want 0", got)
		}
	})
}
