package nlwire_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzMessages checks that no datagram makes a decoder panic, that every error is
// ErrMalformed, and that Next and Rest return the same peers.
func FuzzMessages(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	d := wgtest.RandomDevice(r, wgtest.RandomOptions{MinPeers: 2, MinAllowedIPs: 2})
	d.Index = 1
	for b := range nltest.Fragment(d, nlwire.Header{Type: 30}, 400) {
		f.Add(b)
	}
	c := wgtest.RandomConfig(r, nil, wgtest.RandomOptions{MinPeers: 2, MinAllowedIPs: 2})
	h := nlwire.Header{Type: 30, Seq: 1}
	f.Add(nlwire.AppendSet(nil, h, 1, &c, 0))
	f.Add(nlwire.AppendGet(nil, h, 1))
	f.Add(nlwire.AppendListLinks(nil, h, "wireguard"))
	f.Add(nltest.AppendLink(nil, h, nlwire.Link{Index: 1, Name: "wg0", Kind: "wireguard"}))
	f.Add(nltest.AppendAck(nil, nlwire.Header{Type: nlwire.TypeError}, nlwire.Ack{Errno: 22, Text: "no"}, h))
	f.Add(nltest.AppendAck(nil, nlwire.Header{Type: nlwire.TypeDone}, nlwire.Ack{}, h))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		m := nlwire.NewMessages(datagram)
		var d nlwire.Decoder
		var p wgtypes.Peer
		var payloads [][]byte
		var peers []wgtypes.Peer
		for m.Next() {
			payloads = append(payloads, m.Payload)
			_ = d.Feed(m.Payload)
			for d.Next(&p) {
				peers = append(peers, p)
				p = wgtypes.Peer{}
			}
			_, ackErr := nlwire.DecodeAck(m.Header, m.Payload)
			_, linkErr := nlwire.DecodeLink(m.Header, m.Payload)
			_, linkRequestErr := nltest.DecodeLinkRequest(m.Header, m.Payload)
			_, requestErr := nltest.DecodeRequest(m.Payload)
			for _, err := range []error{ackErr, linkErr, linkRequestErr, requestErr} {
				if err != nil && !errors.Is(err, nlwire.ErrMalformed) {
					t.Errorf("error = %v, want ErrMalformed", err)
				}
			}
		}
		if d.End(&p) {
			peers = append(peers, p)
		}
		checkRest(t, payloads, peers, d.Err())
		for _, err := range []error{d.Err(), m.Err()} {
			if err != nil && !errors.Is(err, nlwire.ErrMalformed) {
				t.Errorf("error = %v, want ErrMalformed", err)
			}
		}
	})
}

// checkRest checks that Rest returns the peers that Next returned, and reports
// the progress.
func checkRest(t *testing.T, payloads [][]byte, want []wgtypes.Peer, wantErr error) {
	if len(payloads) == 0 {
		return
	}
	var d nlwire.Decoder
	_ = d.Feed(payloads[0]) // the error stays in d
	calls := 0
	got, err := d.Rest(payloads[1:], func(done, all int) {
		if calls++; done != calls || all != 0 {
			t.Errorf("progress(%d, %d), want (%d, 0)", done, all, calls)
		}
	})
	if err == nil && calls != len(want) {
		t.Errorf("progress was called %d times, want %d", calls, len(want))
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("Rest() error = %v, want the one of Next(): %v", err, wantErr)
	}
	if diff := cmp.Diff(want, got, equal...); err == nil && diff != "" {
		t.Errorf("Rest() (-want +got):\n%s", diff)
	}
	if cap(got) != len(got) {
		t.Errorf("Rest() = %d peers with capacity %d, want no spare capacity", len(got), cap(got))
	}
}

// TestTruncatedMessages checks that a message that is cut at any byte is malformed.
func TestTruncatedMessages(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	dev := wgtest.RandomDevice(r, wgtest.RandomOptions{MinPeers: 2, MinAllowedIPs: 2})
	dev.Index = 1
	for b := range nltest.Fragment(dev, nlwire.Header{Type: 30}, 1<<15) {
		for n := 1; n < len(b); n++ {
			m := nlwire.NewMessages(b[:n])
			if m.Next() || !errors.Is(m.Err(), nlwire.ErrMalformed) {
				t.Fatalf("Err() for %d of %d bytes = %v, want ErrMalformed", n, len(b), m.Err())
			}
		}
	}
}

// TestGenericHeader checks the command, the version and the reserved field of requests,
// which kernels since 6.19 check.
func TestGenericHeader(t *testing.T) {
	t.Parallel()
	for want, message := range map[[4]byte][]byte{
		{0, 1}: nlwire.AppendGet(nil, nlwire.Header{}, 1), {1, 1}: nlwire.AppendSet(nil, nlwire.Header{}, 1, &wgtypes.Config{}, 0),
	} {
		if _, p := payload(t, message); [4]byte(p) != want {
			t.Errorf("generic netlink header = %v, want %v", [4]byte(p), want)
		}
	}
}

// TestShortestReplies decodes replies without attributes: one of a device is empty, and
// one of a family lacks its number.
func TestShortestReplies(t *testing.T) {
	t.Parallel()
	var d nlwire.Decoder
	if err := d.Feed(make([]byte, 4)); err != nil {
		t.Errorf("Feed() of 4 bytes = %v, want nil", err)
	}
	_, err := nlwire.DecodeFamily(nlwire.Header{Type: 16}, make([]byte, 4))
	if err == nil || !strings.Contains(err.Error(), "family with number 0 and version 0") {
		t.Errorf("DecodeFamily() of 4 bytes = %v, want an error about number 0 and version 0", err)
	}
	m := nlwire.NewMessages(append(binary.NativeEndian.AppendUint32(nil, 16), make([]byte, 12)...))
	if !m.Next() || len(m.Payload) != 0 || m.Next() || m.Err() != nil {
		t.Errorf("a message of 16 bytes has %d bytes of payload, %v, want 0, nil", len(m.Payload), m.Err())
	}
	link := nlwire.Header{Type: 16} // RTM_NEWLINK
	if got, err := nlwire.DecodeLink(link, make([]byte, 16)); err != nil || got != (nlwire.Link{}) {
		t.Errorf("DecodeLink() of 16 bytes = %+v, %v, want a link without a name, nil", got, err)
	}
}

// TestAppendToMessages checks that each request is appended to others, with its own
// length.
func TestAppendToMessages(t *testing.T) {
	t.Parallel()
	h := nlwire.Header{Type: 30, Seq: 7}
	c := wgtest.RandomConfig(rand.New(rand.NewPCG(1, 1)), nil, wgtest.RandomOptions{MinPeers: 2, MinAllowedIPs: 2})
	for name, message := range map[string]func(b []byte) []byte{
		"AppendGet":       func(b []byte) []byte { return nlwire.AppendGet(b, h, 1) },
		"AppendSet":       func(b []byte) []byte { return nlwire.AppendSet(b, h, 1, &c, 0) },
		"AppendGetFamily": func(b []byte) []byte { return nlwire.AppendGetFamily(b, h, "wireguard") },
		"AppendListLinks": func(b []byte) []byte { return nlwire.AppendListLinks(b, h, "wireguard") },
		"AppendGetLink":   func(b []byte) []byte { return nlwire.AppendGetLink(b, h, 0, "wg0") },
		"AppendSetLink":   func(b []byte) []byte { return nlwire.AppendSetLink(b, h, 7, nlwire.LinkChange{}) },
		"AppendDelLink":   func(b []byte) []byte { return nlwire.AppendDelLink(b, h, 7) },
		"AppendNewLink": func(b []byte) []byte {
			return nlwire.AppendNewLink(b, h, "wg0", "wireguard", nlwire.LinkChange{})
		},
	} {
		before := nlwire.AppendGet(nil, h, 2)
		want := slices.Concat(before, message(nil))
		if got := message(slices.Clone(before)); !slices.Equal(got, want) {
			t.Errorf("%s to another message = %x, want %x", name, got, want)
		}
	}
}

// TestRequestFlags checks that a device is requested as a dump, in addition to the flags
// of the caller, and that a change is acknowledged.
func TestRequestFlags(t *testing.T) {
	t.Parallel()
	const request, ack, dump = 0x1, 0x4, 0x300
	h, _ := payload(t, nlwire.AppendGet(nil, nlwire.Header{Flags: ack}, 1))
	if h.Flags != request|ack|dump {
		t.Errorf("flags of AppendGet() = %#x, want %#x", h.Flags, request|ack|dump)
	}
	h, _ = payload(t, nlwire.AppendSet(nil, nlwire.Header{}, 1, &wgtypes.Config{}, 0))
	if h.Flags != request|ack {
		t.Errorf("flags of AppendSet() = %#x, want %#x", h.Flags, request|ack)
	}
}

// TestMessageLengths checks that a message whose length is shorter than its header, or
// longer than the datagram, is malformed.
func TestMessageLengths(t *testing.T) {
	t.Parallel()
	b := nlwire.AppendGet(nil, nlwire.Header{}, 1)
	for _, length := range []uint32{0, 1, 4, 15, uint32(len(b)) + 1, 1<<31 - 1, 1<<32 - 1} {
		binary.NativeEndian.PutUint32(b, length)
		m := nlwire.NewMessages(b)
		if m.Next() || !errors.Is(m.Err(), nlwire.ErrMalformed) || m.Next() {
			t.Errorf("Next() for a message of length %d = %v, want ErrMalformed", length, m.Err())
		}
	}
}

// TestNestLengths checks that a nest that is longer than its container, or shorter
// than its content, is malformed.
func TestNestLengths(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	c := wgtest.RandomConfig(r, nil, wgtest.RandomOptions{MinPeers: 1, MinAllowedIPs: 1})
	b := nlwire.AppendSet(nil, nlwire.Header{}, 1, &c, 0)
	_, p := payload(t, b)
	const selector = 4 + 8 // genlmsghdr and the interface index
	for _, length := range []byte{0, 1, 3, 0xff} {
		corrupt := append([]byte{}, p...)
		corrupt[selector], corrupt[selector+1] = length, length
		if _, err := nltest.DecodeRequest(corrupt); !errors.Is(err, nlwire.ErrMalformed) {
			t.Errorf("DecodeRequest() with the length %#x = %v, want ErrMalformed", length, err)
		}
	}
}

func TestAck(t *testing.T) {
	t.Parallel()
	request := nlwire.Header{Type: 30, Flags: 5, Seq: 7, PID: 9}
	for _, typ := range []uint16{nlwire.TypeError, nlwire.TypeDone} {
		for _, want := range []nlwire.Ack{
			{}, {Errno: syscall.EINVAL}, {Errno: syscall.ENODEV, Text: "no such thing"},
		} {
			h, p := payload(t, nltest.AppendAck(nil, nlwire.Header{Type: typ, Seq: 7}, want, request))
			got, err := nlwire.DecodeAck(h, p)
			if err != nil || got != want {
				t.Errorf("type %d: DecodeAck() = %+v, %v, want %+v, nil", typ, got, err, want)
			}
			for n := range p {
				// Some prefixes of an acknowledgement are valid.
				if _, err := nlwire.DecodeAck(h, p[:n]); err != nil && !errors.Is(err, nlwire.ErrMalformed) {
					t.Errorf("DecodeAck() of %d of %d bytes = %v, want nil or ErrMalformed", n, len(p), err)
				}
			}
		}
	}
	if _, err := nlwire.DecodeAck(nlwire.Header{Type: nlwire.TypeError}, nil); err == nil {
		t.Errorf("DecodeAck() of an empty error = %v, want an error", err)
	}
}

// TestAckForms decodes acknowledgements that nltest does not encode.
func TestAckForms(t *testing.T) {
	t.Parallel()
	errno := func(n int32) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(n)) }
	request := nlwire.AppendGetLink(nil, nlwire.Header{}, 0, "absent")
	text := append([]byte{8, 0, 1, 0}, "no!\x00"...)
	if binary.NativeEndian.Uint16(text) != 8 {
		text = append([]byte{0, 8, 0, 1}, "no!\x00"...)
	}
	const tlvs, capped = 0x200, 0x100
	for name, test := range map[string]struct {
		header  nlwire.Header
		payload []byte
		want    nlwire.Ack
		invalid bool
	}{
		"done without errno":     {nlwire.Header{Type: nlwire.TypeDone}, nil, nlwire.Ack{}, false},
		"error without errno":    {nlwire.Header{Type: nlwire.TypeError}, nil, nlwire.Ack{}, true},
		"done with 3 bytes":      {nlwire.Header{Type: nlwire.TypeDone}, []byte{0, 0, 0}, nlwire.Ack{}, true},
		"positive errno":         {nlwire.Header{Type: nlwire.TypeDone}, errno(1), nlwire.Ack{}, true},
		"largest errno":          {nlwire.Header{Type: nlwire.TypeDone}, errno(-4095), nlwire.Ack{Errno: 4095}, false},
		"too large errno":        {nlwire.Header{Type: nlwire.TypeDone}, errno(-4096), nlwire.Ack{}, true},
		"whole request":          {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs}, slices.Concat(errno(-2), request, text), nlwire.Ack{Errno: 2, Text: "no!"}, false},
		"whole request, no text": {nlwire.Header{Type: nlwire.TypeError}, slices.Concat(errno(-2), request), nlwire.Ack{Errno: 2}, false},
		"capped":                 {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs | capped}, slices.Concat(errno(-2), request[:16], text), nlwire.Ack{Errno: 2, Text: "no!"}, false},
		"cut request":            {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs}, slices.Concat(errno(-2), request[:20]), nlwire.Ack{}, true},
		"cut header":             {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs}, slices.Concat(errno(-2), request[:15]), nlwire.Ack{}, true},
		"request of 15 bytes":    {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs}, slices.Concat(errno(-2), errno(15), make([]byte, 12), text), nlwire.Ack{}, true},
		"capped without text":    {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs | capped}, slices.Concat(errno(-2), request[:16]), nlwire.Ack{Errno: 2}, false},
		"request without text":   {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs}, slices.Concat(errno(-2), request), nlwire.Ack{Errno: 2}, false},
		"request of 16 bytes":    {nlwire.Header{Type: nlwire.TypeError, Flags: tlvs}, slices.Concat(errno(-2), errno(16), make([]byte, 12), text), nlwire.Ack{Errno: 2, Text: "no!"}, false},
		"done with text":         {nlwire.Header{Type: nlwire.TypeDone, Flags: tlvs}, slices.Concat(errno(-2), text), nlwire.Ack{Errno: 2, Text: "no!"}, false},
		"text without flag":      {nlwire.Header{Type: nlwire.TypeDone}, slices.Concat(errno(-2), text), nlwire.Ack{Errno: 2}, false},
		"malformed attributes":   {nlwire.Header{Type: nlwire.TypeDone, Flags: tlvs}, slices.Concat(errno(-2), text[:6]), nlwire.Ack{}, true},
	} {
		got, err := nlwire.DecodeAck(test.header, test.payload)
		if errors.Is(err, nlwire.ErrMalformed) != test.invalid || err == nil && got != test.want {
			t.Errorf("%s: DecodeAck() = %+v, %v, want %+v, ErrMalformed: %t", name, got, err, test.want, test.invalid)
		}
	}
}

// TestLinkMalformed checks that messages about links with a wrong type, header or nest
// are malformed.
func TestLinkMalformed(t *testing.T) {
	t.Parallel()
	h, p := payload(t, nltest.AppendLink(nil, nlwire.Header{}, nlwire.Link{Index: 7, Name: "wg0", Kind: "wireguard", MTU: 1420, Up: true}))
	deleted := h
	deleted.Type = 17 // RTM_DELLINK
	if got, err := nlwire.DecodeLink(deleted, p); err != nil || got.Kind != "wireguard" {
		t.Errorf("DecodeLink() of a removed link = %+v, %v, want the link", got, err)
	}
	other := h
	other.Type = 18
	corrupt := slices.Clone(p)
	corrupt[len(corrupt)-16] = 200 // the length of the kind
	for name, test := range map[string]struct {
		h nlwire.Header
		p []byte
	}{"type": {other, p}, "header": {h, p[:15]}, "no header": {h, nil}, "nest": {h, corrupt}, "cut": {h, p[:len(p)-1]}} {
		if got, err := nlwire.DecodeLink(test.h, test.p); !errors.Is(err, nlwire.ErrMalformed) {
			t.Errorf("%s: DecodeLink() = %+v, %v, want ErrMalformed", name, got, err)
		}
	}
}

// TestLinkRequestAttributes checks that links are requested without their statistics,
// and that a new link must not exist.
func TestLinkRequestAttributes(t *testing.T) {
	t.Parallel()
	for name, message := range map[string][]byte{
		"list": nlwire.AppendListLinks(nil, nlwire.Header{}, "wireguard"), "get": nlwire.AppendGetLink(nil, nlwire.Header{}, 7, ""),
	} {
		const ifinfo, extMask, skipStats = 16, 29, 8
		_, p := payload(t, message)
		nodes := parseNodes(t, p[ifinfo:], "link")
		if !slices.ContainsFunc(nodes, func(a *node) bool { return a.typ == extMask && number(a.payload) == skipStats }) {
			t.Errorf("%s: the request has no IFLA_EXT_MASK with RTEXT_FILTER_SKIP_STATS, want one", name)
		}
	}
	const request, ack, excl, create = 1, 4, 0x200, 0x400
	h, _ := payload(t, nlwire.AppendNewLink(nil, nlwire.Header{}, "wg0", "wireguard", nlwire.LinkChange{}))
	if want := uint16(request | ack | excl | create); h.Flags != want {
		t.Errorf("a new link has the flags %#x, want %#x", h.Flags, want)
	}
	h, _ = payload(t, nlwire.AppendSetLink(nil, nlwire.Header{}, 7, nlwire.LinkChange{}))
	if want := uint16(request | ack); h.Flags != want {
		t.Errorf("a change of a link has the flags %#x, want %#x", h.Flags, want)
	}
	h, _ = payload(t, nlwire.AppendDelLink(nil, nlwire.Header{}, 7))
	if want := uint16(request | ack); h.Flags != want {
		t.Errorf("the removal of a link has the flags %#x, want %#x", h.Flags, want)
	}
	_, p := payload(t, nlwire.AppendSetLink(nil, nlwire.Header{}, 7, nlwire.LinkChange{Up: new(false)}))
	if flags, mask := number(p[8:12]), number(p[12:16]); flags != 0 || mask != 1 {
		t.Errorf("bringing a link down has the flags %#x and the mask %#x, want 0 and 1", flags, mask)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	h := nlwire.Header{Seq: 3}
	for _, want := range []nlwire.Link{
		{Index: 1, Name: "lo", MTU: 65536, Up: true},
		{Index: 300, Name: "wg0", Kind: "wireguard", MTU: 1420},
	} {
		gotHeader, p := payload(t, nltest.AppendLink(nil, h, want))
		got, err := nlwire.DecodeLink(gotHeader, p)
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v, nil", got, err, want)
		}
	}
}

func TestLinkRequests(t *testing.T) {
	t.Parallel()
	up, mtu := true, uint32(1280)
	for name, test := range map[string]struct {
		message []byte
		want    nltest.LinkRequest
	}{
		"list": {
			nlwire.AppendListLinks(nil, nlwire.Header{}, "wireguard"),
			nltest.LinkRequest{Type: 18, Dump: true, Link: nlwire.Link{Kind: "wireguard"}},
		},
		"get by name": {
			nlwire.AppendGetLink(nil, nlwire.Header{}, 0, "wg0"),
			nltest.LinkRequest{Type: 18, Link: nlwire.Link{Name: "wg0"}},
		},
		"get by index": {
			nlwire.AppendGetLink(nil, nlwire.Header{}, 7, "ignored"),
			nltest.LinkRequest{Type: 18, Link: nlwire.Link{Index: 7}},
		},
		"new": {
			nlwire.AppendNewLink(nil, nlwire.Header{}, "wg0", "wireguard", nlwire.LinkChange{MTU: &mtu, Up: &up}),
			nltest.LinkRequest{
				Type: 16, Create: true, Link: nlwire.Link{Name: "wg0", Kind: "wireguard", MTU: mtu, Up: true},
				Change: nlwire.LinkChange{MTU: &mtu, Up: &up},
			},
		},
		"move": {
			nlwire.AppendSetLink(nil, nlwire.Header{}, 7, nlwire.LinkChange{NetNS: 12}),
			nltest.LinkRequest{Type: 16, Link: nlwire.Link{Index: 7}, Change: nlwire.LinkChange{NetNS: 12}},
		},
		"delete": {
			nlwire.AppendDelLink(nil, nlwire.Header{}, 7),
			nltest.LinkRequest{Type: 17, Link: nlwire.Link{Index: 7}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, p := payload(t, test.message)
			got, err := nltest.DecodeLinkRequest(h, p)
			if err != nil {
				t.Fatal(err)
			}
			if !sameChange(got.Change, test.want.Change) {
				t.Errorf("change %+v, want %+v", got.Change, test.want.Change)
			}
			got.Change, test.want.Change = nlwire.LinkChange{}, nlwire.LinkChange{}
			if got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

func sameChange(a, b nlwire.LinkChange) bool {
	samePointer := func(a, b *uint32) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	sameBool := func(a, b *bool) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return samePointer(a.MTU, b.MTU) && sameBool(a.Up, b.Up) && a.NetNS == b.NetNS
}
