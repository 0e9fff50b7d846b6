package uapi_test

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// bufferKeeper is a reader that keeps the memory into which others have read.
type bufferKeeper struct {
	io.Reader
	kept [][]byte
}

func (k *bufferKeeper) Read(b []byte) (int, error) {
	n, err := k.Reader.Read(b)
	k.kept = append(k.kept, b[:n])
	return n, err
}

// mustBeClear fails if text that was read is still in memory.
func (k *bufferKeeper) mustBeClear(t *testing.T, what string) {
	t.Helper()
	if len(k.kept) == 0 {
		t.Errorf("%s has read 0 times, want at least once", what)
	}
	for i, b := range k.kept {
		if left := bytes.Trim(b, "\x00"); len(left) > 0 {
			t.Errorf("buffer of read %d after %s = %.100q, want zeros", i, what, left)
		}
	}
}

// TestBuffersAreCleared checks that no text of a reply or request stays in memory
// when the functions return.
func TestBuffersAreCleared(t *testing.T) {
	t.Parallel()
	// A line of 40 KiB is longer than the first buffer.
	const size = 40 << 10
	zone := netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(strings.Repeat("z", size)), 1)
	reply := string(uapi.AppendDevice(nil, &getTests[1].device))
	ordered := string(uapi.AppendDevice(nil, large(2, 1, wgtypes.NewPresharedKey(repeated(0x48)))))
	request := string(uapi.AppendSet(nil, setTests[3].config))
	longRequest := string(uapi.AppendSet(nil, wgtypes.Config{
		PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x48))), Peers: []wgtypes.PeerConfig{{Endpoint: zone}},
	}))
	longReply := strings.TrimSuffix(reply, "errno=0\n\n") + "future=" + strings.Repeat("f", size) + "\nerrno=0\n\n"
	failing := iotest.ErrReader(errors.New("failed"))
	for _, test := range []struct {
		what string
		text string
		then io.Reader // after the text
		ok   bool
	}{
		{"a reply", reply, nil, true},
		{"a reply with a long line", longReply, nil, true},
		{"an incomplete reply", reply[:len(reply)-5], nil, false},
		{"a reply after which reading fails", reply[:len(reply)-5], failing, false},
		{"an invalid reply", strings.Replace(reply, "rx_bytes=", "rx_bytes=x", 1), nil, false},
		{"a reply with an invalid key", strings.Replace(ordered, "public_key=01", "public_key=g1", 1), nil, false},
		{"a request", request, nil, true},
		{"a request with a long line", longRequest, nil, true},
		{"an incomplete request", request[:len(request)-5], nil, false},
		{"an invalid request", strings.Replace(request, "endpoint=", "endpoint=x", 1), nil, false},
	} {
		var r io.Reader = strings.NewReader(test.text)
		if test.then != nil {
			r = io.MultiReader(r, test.then)
		}
		k := &bufferKeeper{Reader: r}
		var err error
		if strings.Contains(test.what, "request") {
			_, err = uapi.ParseSet(k)
		} else {
			_, err = uapi.ParseDevice(k, time.Time{})
		}
		if test.ok != (err == nil) {
			t.Errorf("parsing %s = %v, want success: %t", test.what, err, test.ok)
		}
		k.mustBeClear(t, test.what)
	}
}

// TestDecoderClears checks that a Decoder clears its buffer at the end of a reply,
// and in Close.
func TestDecoderClears(t *testing.T) {
	t.Parallel()
	reply := uapi.AppendDevice(nil, &getTests[1].device)
	k := &bufferKeeper{Reader: bytes.NewReader(reply)}
	d := uapi.NewDecoder(k, time.Time{})
	for range d.Peers() {
		continue
	}
	k.mustBeClear(t, "a loop over all peers")

	k = &bufferKeeper{Reader: bytes.NewReader(reply)}
	d = uapi.NewDecoder(k, time.Time{})
	if err := d.Next(new(wgtypes.Peer)); err != nil {
		t.Fatal(err)
	}
	d.Close()
	k.mustBeClear(t, "Close after the first peer")

	k = &bufferKeeper{Reader: strings.NewReader("private_key=" + strings.Repeat("48", 32) + "\nerrno=22\n\n")}
	d = uapi.NewDecoder(k, time.Time{})
	if _, err := d.Device(); err == nil {
		t.Errorf("Device of a reply with errno 22 = %v, want an error", err)
	}
	k.mustBeClear(t, "Device of a reply with errno 22")
}

// hesitantReader returns no bytes a number of times before each byte.
type hesitantReader struct {
	text  string
	times int // -1 for always
	reads int
	idle  int
}

func (r *hesitantReader) Read(b []byte) (int, error) {
	r.reads++
	if r.times < 0 || r.idle < r.times {
		r.idle++
		return 0, nil
	}
	r.idle = 0
	n := copy(b[:min(len(b), 1)], r.text)
	r.text = r.text[n:]
	return n, nil
}

// TestHesitantReader checks that a reader may return 0 bytes a few times, but not
// forever.
func TestHesitantReader(t *testing.T) {
	t.Parallel()
	if err := uapi.ParseErrno(&hesitantReader{text: "errno=0\n\n", times: 5}); err != nil {
		t.Errorf("ParseErrno of a reader that returns no bytes 5 times = %v, want nil", err)
	}
	r := &hesitantReader{times: -1}
	if err := uapi.ParseErrno(r); !errors.Is(err, io.ErrNoProgress) || r.reads > 1000 {
		t.Errorf("ParseErrno of a reader that returns no bytes = %v after %d reads, want %v after at most 1000", err, r.reads, io.ErrNoProgress)
	}
}

// TestAppendSetAllocatesOnce encodes peers that need all of the memory that
// AppendSet reserves.
func TestAppendSetAllocatesOnce(t *testing.T) {
	runtime.GC() // the first collection of a process allocates
	zone := netip.MustParseAddr("fd11:2222:3333:4444:5555:6666:7777:8888").WithZone(strings.Repeat("z", 300))
	longest := netip.MustParsePrefix("fd11:2222:3333:4444:5555:6666:7777:8888/128")
	longest4 := netip.MustParsePrefix("255.255.255.255/32")
	full := wgtypes.PeerConfig{
		PublicKey: repeated(0xff), UpdateOnly: true, PresharedKey: new(wgtypes.NewPresharedKey(repeated(0xff))),
		Endpoint: netip.AddrPortFrom(zone, 65535), PersistentKeepalive: new(65535 * time.Second), ReplaceAllowedIPs: true,
	}
	for name, edit := range map[string]func(p *wgtypes.PeerConfig){
		"long zone":        func(*wgtypes.PeerConfig) {},
		"no zone":          func(p *wgtypes.PeerConfig) { p.Endpoint = netip.AddrPortFrom(zone.WithZone(""), 65535) },
		"IPv6 prefixes":    func(p *wgtypes.PeerConfig) { p.AllowedIPs = []netip.Prefix{longest, longest, longest} },
		"IPv6 removals":    func(p *wgtypes.PeerConfig) { p.RemoveAllowedIPs = []netip.Prefix{longest, longest, longest} },
		"IPv4 prefixes":    func(p *wgtypes.PeerConfig) { p.AllowedIPs = make4(longest4, 50) },
		"IPv4 removals":    func(p *wgtypes.PeerConfig) { p.RemoveAllowedIPs = make4(longest4, 50) },
		"invalid interval": func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(time.Duration(-1 << 63)) },
	} {
		peer := full
		edit(&peer)
		c := wgtypes.Config{
			PrivateKey: new(wgtypes.NewPrivateKey(repeated(0xff))), ListenPort: new(uint16(65535)), FirewallMark: new(uint32(1<<32 - 1)), ReplacePeers: true,
		}
		for range 100 {
			c.Peers = append(c.Peers, peer)
		}
		if n := testing.AllocsPerRun(5, func() { uapi.AppendSet(nil, c) }); n != 1 {
			t.Errorf("AppendSet of peers with %s = %v allocations, want 1", name, n)
		}
	}
	room := make([]byte, 0, 1<<10)
	c := wgtypes.Config{ListenPort: new(uint16(1))}
	if n := testing.AllocsPerRun(5, func() { uapi.AppendSet(room, c) }); n != 0 {
		t.Errorf("AppendSet to a slice with room = %v allocations, want 0", n)
	}
}

func make4(p netip.Prefix, n int) (list []netip.Prefix) {
	for range n {
		list = append(list, p)
	}
	return list
}

// TestAppendSetRemovesOnly has a removed peer with other settings, which are not
// sent.
func TestAppendSetRemovesOnly(t *testing.T) {
	t.Parallel()
	peer := setTests[3].config.Peers[0]
	peer.Remove = true
	want := "set=1\npublic_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c\nremove=true\n\n"
	if got := string(uapi.AppendSet(nil, wgtypes.Config{Peers: []wgtypes.PeerConfig{peer}})); got != want {
		t.Errorf("AppendSet = %q, want %q", got, want)
	}
}
