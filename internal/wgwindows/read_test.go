package wgwindows_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestGrowingReply reads a device that grows between the requests.
func TestGrowingReply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		growths  int // requests before which the device doubles
		want     error
		requests int
	}{
		{"large", 0, nil, 2}, {"grows", 3, nil, 4}, {"keeps growing", 100, wginternal.ErrInterrupted, 16},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, _ := newFaulty()
			b := f.backend(t)
			if err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{Peers: testutil.FullPeers(100, 3)}); err != nil {
				t.Fatal(err)
			}
			f.number = 0
			f.control = func(n int, _ uint32, buf []byte, next func() (uint32, error)) (uint32, error) {
				if n > c.growths || n < 2 {
					return next()
				}
				if _, err := next(); err != nil {
					return 0, err
				}
				return uint32(len(buf)) * 3 / 2, wgwindows.ErrMoreData
			}
			d, err := b.Open(t.Context(), "wg0")
			if err != nil {
				t.Fatal(err)
			}
			r, err := d.Read(t.Context())
			if !errors.Is(err, c.want) || f.number != c.requests {
				t.Errorf("Read() = %v after %d requests, want %v after %d", err, f.number, c.want, c.requests)
			}
			if err == nil {
				peers, err := r.Rest(nil)
				if len(peers) != 100 || err != nil {
					t.Errorf("Rest() = %d peers, %v, want 100, nil", len(peers), err)
				}
				r.Close()
			}
			if n := f.dirty(); n != 0 {
				t.Errorf("%d buffers have data after the reading, want 0", n)
			}
		})
	}
}

// TestReplyRoom checks that a reply may fill the first buffer, and that one byte more is
// read a second time with room for an eighth more.
func TestReplyRoom(t *testing.T) {
	t.Parallel()
	const first = 1 << 14
	for _, c := range []struct {
		peers, prefixes int
		rooms           []int
	}{{119, 5, []int{first}}, {119, 6, []int{first, (first + 24) * 9 / 8}}} {
		f, _ := newFaulty()
		b := f.backend(t)
		config := wgtypes.Config{Peers: testutil.FullPeers(1, c.prefixes)}
		for i := range c.peers - 1 {
			config.Peers = append(config.Peers, wgtypes.PeerConfig{PublicKey: testutil.ManyKey(i + 1)})
		}
		if err := testutil.ConfigureDevice(t.Context(), b, "wg0", config); err != nil {
			t.Fatal(err)
		}
		f.buffers = nil
		d, err := testutil.ReadDevice(t.Context(), b, "wg0")
		if err != nil || len(d.Peers) != c.peers || len(d.Peers[0].AllowedIPs) != c.prefixes {
			t.Errorf("reading %d peers with %d prefixes = %v, want all of them", c.peers, c.prefixes, err)
		}
		var rooms []int
		for _, buf := range f.buffers {
			rooms = append(rooms, len(buf))
		}
		if !slices.Equal(rooms, c.rooms) {
			t.Errorf("reading %d peers with %d prefixes needs buffers of %d bytes, want %d", c.peers, c.prefixes, rooms, c.rooms)
		}
	}
}

// TestWrongSize checks replies of the system that contradict the buffer.
func TestWrongSize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		n    uint32
		err  error
	}{
		{"more than the buffer", 1 << 20, nil},
		{"less than an interface", 79, nil},
		{"nothing", 0, nil},
		{"needs less", 7, wgwindows.ErrMoreData},
		{"needs nothing", 0, wgwindows.ErrMoreData},
		{"needs what it had", 1 << 14, wgwindows.ErrMoreData},
		{"needs everything", 1<<32 - 1, wgwindows.ErrMoreData},
	} {
		f, _ := newFaulty()
		f.control = func(_ int, _ uint32, buf []byte, next func() (uint32, error)) (uint32, error) {
			if _, err := next(); err != nil {
				return 0, err
			}
			return c.n, c.err
		}
		_, err := testutil.ReadDevice(t.Context(), f.backend(t), "wg0")
		if !errors.Is(err, wgwindows.ErrMalformed) || f.number != 1 {
			t.Errorf("%s: reading = %v after %d requests, want %v after 1", c.name, err, f.number, wgwindows.ErrMalformed)
		}
		if n := f.dirty(); n != 0 {
			t.Errorf("%s: %d buffers have data, want 0", c.name, n)
		}
	}
}

// TestReadErrors fails each request of a reading.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	for fail := 1; fail <= 2; fail++ {
		f, _ := newFaulty()
		b := f.backend(t)
		if err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{PrivateKey: &testutil.Key1, Peers: testutil.FullPeers(100, 3)}); err != nil {
			t.Fatal(err)
		}
		f.number = 0
		f.control = func(n int, _ uint32, _ []byte, next func() (uint32, error)) (uint32, error) {
			if n < fail {
				return next()
			}
			_, _ = next() // with data
			return 0, wgwindows.Errno(1450)
		}
		_, err := testutil.ReadDevice(t.Context(), b, "wg0")
		if !errors.Is(err, wgwindows.Errno(1450)) || errors.Is(err, fs.ErrNotExist) || f.number != fail {
			t.Errorf("reading = %v after %d requests, want %v after %d", err, f.number, wgwindows.Errno(1450), fail)
		}
		if n := f.dirty(); n != 0 {
			t.Errorf("%d buffers have data, want 0", n)
		}
	}
}

// TestReadContext ends the context after the first request.
func TestReadContext(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	b := f.backend(t)
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{Peers: testutil.FullPeers(100, 3)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.number = 0
	f.control = func(_ int, _ uint32, _ []byte, next func() (uint32, error)) (uint32, error) {
		cancel()
		return next()
	}
	if _, err := testutil.ReadDevice(ctx, b, "wg0"); !errors.Is(err, context.Canceled) || f.number != 1 {
		t.Errorf("reading = %v after %d requests, want %v after 1", err, f.number, context.Canceled)
	}
}

// reply returns the reply for a device with everything.
func reply() []byte {
	d := testutil.RandomDevice(rand.New(rand.NewPCG(1, 2)), testutil.RandomOptions{MinPeers: 3, MaxPeers: 3, MinAllowedIPs: 3, MaxAllowedIPs: 3})
	d.ListenPort = 7
	return kerneltest.AppendWindowsReply(nil, d)
}

// TestCutReply cuts a reply at every byte and appends bytes to it.
func TestCutReply(t *testing.T) {
	t.Parallel()
	whole := reply()
	if _, err := decode(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if d, err := decode(whole[:n]); !errors.Is(err, wgwindows.ErrMalformed) {
			t.Errorf("decoding %d of %d bytes = %v, %v, want %v", n, len(whole), d, err, wgwindows.ErrMalformed)
		}
	}
	for n := range 200 {
		longer := append(slices.Clone(whole), make([]byte, n+1)...)
		if d, err := decode(longer); !errors.Is(err, wgwindows.ErrMalformed) {
			t.Errorf("decoding with %d more bytes = %v, %v, want %v", n+1, d, err, wgwindows.ErrMalformed)
		}
	}
}

// TestMalformedReply changes single fields of a reply.
func TestMalformedReply(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for name, change := range map[string]func(b []byte){
		"fewer peers":                func(b []byte) { le.PutUint32(b[72:], 2) },
		"more peers":                 func(b []byte) { le.PutUint32(b[72:], 4) },
		"all peers":                  func(b []byte) { le.PutUint32(b[72:], 1<<32-1) },
		"fewer allowed IPs":          func(b []byte) { le.PutUint32(b[80+128:], 2) },
		"all allowed IPs":            func(b []byte) { le.PutUint32(b[80+128:], 1<<32-1) },
		"peer without a key":         func(b []byte) { le.PutUint32(b[80:], 4) },
		"unknown family":             func(b []byte) { le.PutUint16(b[80+136+16:], 10) },
		"mask of IPv4 that is long":  func(b []byte) { le.PutUint16(b[80+136+16:], 2); b[80+136+18] = 33 },
		"mask of IPv6 that is long":  func(b []byte) { le.PutUint16(b[80+136+16:], 23); b[80+136+18] = 129 },
		"mask that is negative in C": func(b []byte) { b[80+136+18] = 255 },
	} {
		b := reply()
		change(b)
		if d, err := decode(b); !errors.Is(err, wgwindows.ErrMalformed) {
			t.Errorf("%s: decoding = %v, %v, want %v", name, d, err, wgwindows.ErrMalformed)
		}
	}
}

// TestOddReply decodes fields that are unusual but valid.
func TestOddReply(t *testing.T) {
	t.Parallel()
	b := reply()
	le := binary.LittleEndian
	le.PutUint32(b[80:], 1|8|16)            // an endpoint and a version, no keepalive
	le.PutUint32(b[80+4:], 2)               // the version
	le.PutUint16(b[80+76:], 1)              // AF_UNIX
	copy(b[80+136:], []byte{10, 1, 2, 3})   // host bits
	le.PutUint16(b[80+136+16:], 2)          // AF_INET
	b[80+136+18] = 8                        // mask
	le.PutUint32(b[80+136+20:], 0xffffffff) // flags
	d, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	p := d.Peers[0]
	if p.Endpoint.IsValid() || p.ProtocolVersion != 2 || p.PersistentKeepalive != 0 || p.AllowedIPs[0] != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("peer = %v, version %d, want no endpoint, no keepalive, 10.0.0.0/8 and version 2", p, p.ProtocolVersion)
	}
}

// TestReplyFlags checks that fields without their flags are not set, whatever they
// contain.
func TestReplyFlags(t *testing.T) {
	t.Parallel()
	b := reply()
	binary.LittleEndian.PutUint32(b[80:], 1) // only the public key
	for i := 80 + 4; i < 80+8; i++ {
		b[i] = 0x55 // the version
	}
	for i := 80 + 40; i < 80+104; i++ {
		b[i] = 0x55 // the preshared key, the interval and the endpoint
	}
	binary.LittleEndian.PutUint16(b[80+76:], 2) // AF_INET
	d, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	p := d.Peers[0]
	if p.Endpoint.IsValid() || p.ProtocolVersion != 1 || p.PersistentKeepalive != 0 || !p.PresharedKey.IsZero() {
		t.Errorf("peer without flags = %v, version %d, want only a key and version 1", p, p.ProtocolVersion)
	}
}

// FuzzReply checks that the decoder never panics, repeats its error, and does not
// allocate more than a multiple of the reply.
func FuzzReply(f *testing.F) {
	f.Add(reply())
	f.Add(reply()[:300])
	f.Add(kerneltest.AppendWindowsReply(nil, &wgtypes.Device{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		dec, err := wgwindows.NewDecoder(b)
		if err != nil {
			if !errors.Is(err, wgwindows.ErrMalformed) {
				t.Errorf("NewDecoder() = %v, want %v", err, wgwindows.ErrMalformed)
			}
			return
		}
		peers, prefixes := 0, 0
		for err == nil {
			var p wgtypes.Peer
			if err = dec.Next(&p); err == nil {
				peers++
				prefixes += len(p.AllowedIPs)
			}
		}
		if err != io.EOF && !errors.Is(err, wgwindows.ErrMalformed) {
			t.Errorf("Next() = %v, want io.EOF or %v", err, wgwindows.ErrMalformed)
		}
		if again := dec.Next(&wgtypes.Peer{}); again != err {
			t.Errorf("Next() after %v = %v, want the same", err, again)
		}
		if n := 80 + 136*peers + 24*prefixes; n > len(b) {
			t.Errorf("%d peers and %d prefixes from %d bytes, want at least %d bytes", peers, prefixes, len(b), n)
		}
	})
}

func TestReaderWipes(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	b := f.backend(t)
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{PrivateKey: &testutil.Key1, Peers: testutil.FullPeers(5, 3)}); err != nil {
		t.Fatal(err)
	}
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	var p wgtypes.Peer
	if err := r.Next(&p); err != nil || p.PublicKey != testutil.ManyKey(0) {
		t.Errorf("Next() = %v, %v, want the first peer", p, err)
	}
	if f.dirty() == 0 {
		t.Error("the reply is cleared while it is read, want data")
	}
	r.Close()
	if n := f.dirty(); n != 0 {
		t.Errorf("%d buffers have data after Close, want 0", n)
	}
	if err := r.Next(&p); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Next() after Close = %v, want %v", err, fs.ErrClosed)
	}
}

// TestZones checks that zones are names of interfaces, or numbers without one.
func TestZones(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	b := f.backend(t)
	for zone, want := range map[string]string{"Ethernet": "Ethernet", "901": "Ethernet", "55": "55", "17": "17", "902": "17"} {
		at := func(zone string) netip.AddrPort {
			return netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(zone), 7)
		}
		c := testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, Endpoint: at(zone)})
		if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
			t.Fatal(err)
		}
		d, err := testutil.ReadDevice(t.Context(), b, "wg0")
		if err != nil || d.Peers[0].Endpoint != at(want) {
			t.Errorf("endpoint after zone %q = %v, %v, want %v", zone, d.Peers, err, at(want))
		}
	}
	for _, zone := range []string{"eth9", "0", "-1", "4294967296", "WG0"} {
		f.number = 0
		c := testutil.Peers(testutil.Allow(testutil.PeerB), testutil.At(testutil.PeerA, "[fe80::1%"+zone+"]:7"))
		err := testutil.ConfigureDevice(t.Context(), b, "wg0", c)
		if fe, ok := errors.AsType[*wgtypes.FieldError](err); !ok || fe.Index != 1 || fe.Peer != testutil.PeerA || f.number != 0 {
			t.Errorf("Configure() with zone %q = %v after %d requests, want an error about peer 1 before any", zone, err, f.number)
		}
	}
}

// TestZoneErrors fails the list of interfaces.
func TestZoneErrors(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	fail := false
	b := wgwindows.NewWith(wgwindows.Config{System: f, Interfaces: func() ([]wginternal.Interface, error) {
		if fail {
			return nil, wgwindows.ErrGenFailure
		}
		return nil, nil
	}})
	c := testutil.Peers(testutil.At(testutil.PeerA, "[fe80::1%7]:7"))
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
		t.Fatal(err)
	}
	fail = true
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); !errors.Is(err, wgwindows.ErrGenFailure) {
		t.Errorf("Configure() = %v, want %v", err, wgwindows.ErrGenFailure)
	}
	if _, err := testutil.ReadDevice(t.Context(), b, "wg0"); !errors.Is(err, wgwindows.ErrGenFailure) {
		t.Errorf("reading = %v, want %v", err, wgwindows.ErrGenFailure)
	}
	if _, err := b.Open(t.Context(), "wg1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open of a missing adapter = %v, want %v", err, fs.ErrNotExist)
	}
}
