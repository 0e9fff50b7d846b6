//go:build linux

package wglinux

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// These tests record how real kernels respond to single requests. Where releases differ,
// the test names the release. docs/semantics.md describes what callers must know.

// kernelDevice returns a new WireGuard device of the real kernel, which is up, in a new
// namespace. If that is impossible it skips the test, or fails it with WGTEST_KERNEL=1.
func kernelDevice(t *testing.T) *device {
	t.Helper()
	return deviceIn(t, newNetNS(t))
}

// skip skips the test. With WGTEST_KERNEL=1 in the environment it fails the test.
func skip(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("WGTEST_KERNEL") == "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

func deviceIn(t *testing.T, ns *os.File) *device {
	t.Helper()
	b := backendIn(t, ns, nlwire.Family)
	err := b.Create(t.Context(), "wg0", 0, true, -1)
	if errors.Is(err, errors.ErrUnsupported) {
		skip(t, "no kernel device: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	return d.(*device)
}

// since reports whether the running kernel is that release or a later one.
func since(t *testing.T, major, minor int) bool {
	t.Helper()
	var a, b int
	if _, err := fmt.Sscanf(release(), "%d.%d", &a, &b); err != nil {
		t.Fatal(err)
	}
	return a > major || a == major && b >= minor
}

// ask sends the request after change has modified it, and returns the kernel's error.
func ask(t *testing.T, d *device, encode func(b []byte, h nlwire.Header) []byte, change func(b []byte) []byte) error {
	t.Helper()
	x, family, err := d.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer x.end()
	err = x.request(4096, func(b []byte, h nlwire.Header) []byte {
		h.Type = family.number
		b = change(encode(b, h))
		binary.NativeEndian.PutUint32(b, uint32(len(b)))
		return b
	})
	for err == nil {
		_, _, err = x.next()
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// want fails the test unless err is errno. Zero means no error.
func want(t *testing.T, what string, err error, errno unix.Errno) {
	t.Helper()
	if errno == 0 && err != nil || errno != 0 && !errors.Is(err, errno) {
		t.Errorf("%s on %s: %v, want %d (%v)", what, release(), err, int(errno), errno)
	}
}

func peersOf(t *testing.T, d *device) []wgtypes.Peer {
	t.Helper()
	dev, err := wginternal.ReadDevice(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dev.Peers
}

// TestKernelStrictRequests checks that kernels since 6.19 refuse further attributes in a
// get, and headers whose reserved field is not zero.
func TestKernelStrictRequests(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	get := func(b []byte, h nlwire.Header) []byte { return nlwire.AppendGet(b, h, d.link.Index) }
	errno := unix.Errno(0)
	if since(t, 6, 19) {
		errno = unix.EINVAL
	}
	err := ask(t, d, get, func(b []byte) []byte {
		b = binary.NativeEndian.AppendUint16(b, 8)
		b = binary.NativeEndian.AppendUint16(b, 7) // WGDEVICE_A_FWMARK
		return binary.NativeEndian.AppendUint32(b, 0)
	})
	want(t, "a further attribute in a get", err, errno)
	if errno != 0 && !strings.Contains(err.Error(), "Unknown attribute type") {
		t.Errorf("error = %q, want the kernel's text in it: %q", err, "Unknown attribute type")
	}
	const reserved = 16 + 2 // in genlmsghdr
	want(t, "a dirty header", ask(t, d, get, func(b []byte) []byte { b[reserved] = 1; return b }), errno)
	want(t, "an unchanged request", ask(t, d, get, func(b []byte) []byte { return b }), 0)
}

// replaceOnce replaces bytes that occur once.
func replaceOnce(t *testing.T, from, to []byte) func([]byte) []byte {
	return func(b []byte) []byte {
		if bytes.Count(b, from) != 1 {
			t.Fatalf("% x occurs %d times, want 1", from, bytes.Count(b, from))
		}
		return bytes.Replace(b, from, to, 1)
	}
}

// attr is an attribute with a number in it.
func attr(typ uint16, size int, v uint32) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+size))
	b = binary.NativeEndian.AppendUint16(b, typ)
	n := binary.NativeEndian.AppendUint32(nil, v)
	if size == 1 {
		n = []byte{byte(v), 0, 0, 0}
	}
	return append(b, n...)
}

// TestKernelUnknownFlag checks that kernels before 6.19 apply what precedes an unknown
// flag. Later ones check the whole request first.
func TestKernelUnknownFlag(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: wgtypes.PublicKey{1}}, {PublicKey: wgtypes.PublicKey{2}, UpdateOnly: true},
	}}
	err := ask(t, d,
		func(b []byte, h nlwire.Header) []byte { return nlwire.AppendSet(b, h, d.link.Index, &c, 0) },
		replaceOnce(t, attr(3, 4, 4), attr(3, 4, 1<<30)))
	errno, left := unix.EOPNOTSUPP, 1
	if since(t, 6, 16) {
		errno = unix.EINVAL
	}
	if since(t, 6, 19) {
		left = 0
	}
	want(t, "an unknown flag", err, errno)
	if n := len(peersOf(t, d)); n != left {
		t.Errorf("%d peers are left on %s, want %d", n, release(), left)
	}
}

// TestKernelBadPrefix checks that every kernel applies what precedes an invalid prefix.
// Therefore a Client must validate before it sends.
func TestKernelBadPrefix(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey:  wgtypes.PublicKey{1},
		AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32")},
	}}}
	err := ask(t, d,
		func(b []byte, h nlwire.Header) []byte { return nlwire.AppendSet(b, h, d.link.Index, &c, 0) },
		replaceOnce(t, attr(3, 1, 32), attr(3, 1, 33)))
	want(t, "a mask of 33", err, unix.EINVAL)
	if ps := peersOf(t, d); len(ps) != 1 || len(ps[0].AllowedIPs) != 1 {
		t.Errorf("peers after a mask of 33 on %s = %+v, want one with one allowed IP", release(), ps)
	}
}

// TestKernelRemovalFlag removes single prefixes. Kernels since 6.16 have a flag for
// that; with earlier ones the writer uses the fallback, and remembers it.
func TestKernelRemovalFlag(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	prefixes := manyPrefixes(10)
	configure := func(p wgtypes.PeerConfig) {
		t.Helper()
		p.PublicKey = wgtypes.PublicKey{1}
		if err := d.Configure(t.Context(), wgtypes.Config{Peers: []wgtypes.PeerConfig{p}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	configure(wgtypes.PeerConfig{AllowedIPs: prefixes})
	configure(wgtypes.PeerConfig{RemoveAllowedIPs: prefixes[2:4]})
	if d.b.keepsPrefixes.Load() == since(t, 6, 16) {
		t.Errorf("keepsPrefixes on %s = %t, want %t", release(), d.b.keepsPrefixes.Load(), !since(t, 6, 16))
	}
	configure(wgtypes.PeerConfig{RemoveAllowedIPs: prefixes[8:9]})
	left := append(append([]netip.Prefix{}, prefixes[:2]...), append(prefixes[4:8:8], prefixes[9])...)
	if ps := peersOf(t, d); len(ps) != 1 || diff(left, ps[0].AllowedIPs) != "" {
		t.Errorf("peers on %s = %+v, want one with %v", release(), ps, left)
	}
}

// TestKernelUnusualEndpoints checks that the kernel accepts port 0 and
// unspecified addresses.
func TestKernelUnusualEndpoints(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	for i, s := range []string{"192.0.2.1:0", "0.0.0.0:1", "[::]:0", "[2001:db8::1]:0", "255.255.255.255:65535"} {
		endpoint := netip.MustParseAddrPort(s)
		err := d.Configure(t.Context(), wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{byte(i)}, Endpoint: endpoint}}}, nil)
		if err != nil {
			t.Errorf("Configure() with the endpoint %s = %v, want nil", s, err)
		} else if got := peersOf(t, d)[i].Endpoint; got != endpoint {
			t.Errorf("endpoint = %v, want %v", got, endpoint)
		}
	}
}

// TestKernelPrivilegedPort checks that a port below 1024 needs CAP_NET_BIND_SERVICE.
func TestKernelPrivilegedPort(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	c := wgtypes.Config{ListenPort: new(uint16(80))}
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := dropCapability(unix.CAP_NET_BIND_SERVICE); err != nil {
			result <- err
			return
		}
		result <- d.Configure(t.Context(), c, nil)
	}()
	want(t, "port 80 without the capability", <-result, unix.EACCES)
	want(t, "port 80 with the capability", d.Configure(t.Context(), c, nil), 0)
}

// dropCapability removes a capability from the calling thread.
func dropCapability(capability int) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	data[capability/32].Effective &^= 1 << (capability % 32)
	return unix.Capset(&header, &data[0])
}

// TestKernelOrphan removes the namespace in which a device was created, after the device
// was moved. Its peers can still be changed, but not its port or mark, and it has no
// sockets.
func TestKernelOrphan(t *testing.T) {
	t.Parallel()
	_ = kernelDevice(t) // skips the test without kernel devices
	first, second := newNetNS(t), newNetNS(t)
	b, err := New(Config{NetNS: int(first.Fd())})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // where the test ends early
	if err := b.Create(t.Context(), "wg0", 0, true, int(second.Fd())); err != nil {
		t.Fatal(err)
	}
	there := backendIn(t, second, nlwire.Family)
	open, err := there.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	d := open.(*device)
	port := wgtypes.Config{ListenPort: new(uint16(51820)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
	want(t, "a port while the first namespace is there", d.Configure(t.Context(), port, nil), 0)
	_, _ = b.Close(), first.Close()

	// The kernel removes namespaces in the background: first no socket can be
	// opened in it (ENONET), then it is gone (EPERM).
	for end := time.Now().Add(time.Minute); !errors.Is(err, unix.EPERM) && time.Now().Before(end); {
		port.ListenPort = new(*port.ListenPort ^ 1)
		err = d.Configure(t.Context(), port, nil)
		if err != nil && !errors.Is(err, unix.EPERM) {
			want(t, "a port while the first namespace goes", err, unix.ENONET)
		}
	}
	want(t, "a port without the first namespace", err, unix.EPERM)
	want(t, "a mark", d.Configure(t.Context(), wgtypes.Config{FirewallMark: new(uint32(1))}, nil), unix.EPERM)
	want(t, "a peer", d.Configure(t.Context(), wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{2}}}}, nil), 0)
	if n := len(peersOf(t, d)); n != 2 {
		t.Errorf("the device has %d peers, want 2", n)
	}
	want(t, "down", there.SetLink(t.Context(), "wg0", 0, nil, new(false)), 0)
	want(t, "up", there.SetLink(t.Context(), "wg0", 0, nil, new(true)), unix.ENONET)
}

// TestKernelSplit sends random changes in small messages, so that they are split
// everywhere. The result must be that of the whole change.
func TestKernelSplit(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	r := rand.New(rand.NewPCG(7, 7))
	have, err := wginternal.ReadDevice(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		c := testutil.RandomConfig(r, have, testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 60, Collisions: 0.5})
		c.ListenPort = nil // another test may use it
		c, err := d.b.numbered(t.Context(), wginternal.Normalize(c))
		if err != nil {
			t.Fatal(err)
		}
		rest, _ := wginternal.SplitRemovals(c)
		x, family, err := d.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w := &writer{d: d, x: x, family: family, limit: 512 + r.IntN(2048)}
		err = w.write(rest)
		x.end()
		if err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
		got, err := wginternal.ReadDevice(t.Context(), d, nil)
		if err != nil {
			t.Fatal(err)
		}
		expected := wginternal.Apply(have, rest)
		if diff := diff(settled(expected), settled(got)); diff != "" {
			t.Fatalf("change %d, limit %d (-want +got):\n%s", i, w.limit, diff)
		}
		have = got
	}
}

// settled returns d without counters, and with the zone lo as a number.
func settled(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	for i := range d.Peers {
		p := &d.Peers[i]
		p.TransmitBytes, p.ReceiveBytes = 0, 0
		if p.Endpoint.Addr().Zone() == "lo" {
			p.Endpoint = netip.AddrPortFrom(p.Endpoint.Addr().WithZone("1"), p.Endpoint.Port())
		}
	}
	return d
}

// TestKernelSnapshotConsistent reads a device while another connection switches
// it between two states. Each state is set in one message and read in several.
// Every successful read must return one of the two.
func TestKernelSnapshotConsistent(t *testing.T) {
	t.Parallel()
	d := kernelDevice(t)
	state := func(seconds int) wgtypes.Config {
		c := wgtypes.Config{FirewallMark: new(uint32(seconds))}
		for i := range 100 {
			c.Peers = append(c.Peers, wgtypes.PeerConfig{
				PublicKey: wgtypes.PublicKey{byte(i)}, PersistentKeepalive: new(time.Duration(seconds) * time.Second),
				ReplaceAllowedIPs: true, AllowedIPs: manyPrefixes(2000)[20*i : 20*i+10*seconds],
			})
		}
		if n := len(nlwire.AppendSet(nil, nlwire.Header{}, 0, &c, 0)); n > nlwire.MaxSet || n < receiveBuffer/2 {
			t.Fatalf("the set message has %d bytes, want %d to %d", n, receiveBuffer/2, nlwire.MaxSet)
		}
		return c
	}
	states := []wgtypes.Config{state(1), state(2)}
	if err := d.Configure(t.Context(), states[0], nil); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := d.Configure(t.Context(), states[i%2], nil); err != nil {
				stopped <- err
				return
			}
		}
	}()
	whole, interrupted := 0, 0
	for range 100 {
		got, err := wginternal.ReadDevice(t.Context(), d, nil)
		if errors.Is(err, wginternal.ErrInterrupted) {
			interrupted++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		whole++
		for _, p := range got.Peers {
			if len(got.Peers) != 100 || p.PersistentKeepalive != time.Duration(got.FirewallMark)*time.Second ||
				len(p.AllowedIPs) != 10*int(got.FirewallMark) {
				t.Fatalf("firewall mark %d, keepalive %v, %d prefixes, %d peers; want them of the same state", got.FirewallMark, p.PersistentKeepalive, len(p.AllowedIPs), len(got.Peers))
			}
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if whole == 0 {
		t.Errorf("%d complete snapshots, want at least 1", whole)
	}
	t.Logf("%d snapshots, %d interrupted", whole, interrupted)
}
