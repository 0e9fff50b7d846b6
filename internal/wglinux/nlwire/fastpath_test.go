package nlwire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// node is an attribute of a message, decoded without the codec under test.
type node struct {
	typ      uint16
	payload  []byte // of a leaf
	children []*node
	level    string // of the children, "" of a leaf
}

// nests returns the level of an attribute's children, or "" if it is not a nest.
func nests(level string, typ uint16) string {
	const peers, allowedIPs = 8, 9
	switch {
	case level == "device" && typ == peers:
		return "peers"
	case level == "peers":
		return "peer"
	case level == "peer" && typ == allowedIPs:
		return "prefixes"
	case level == "prefixes":
		return "prefix"
	}
	return ""
}

func parseNodes(t *testing.T, b []byte, level string) (nodes []*node) {
	t.Helper()
	for len(b) > 0 {
		n := int(binary.NativeEndian.Uint16(b))
		typ := binary.NativeEndian.Uint16(b[2:])
		a := &node{typ: typ, payload: b[4:n], level: nests(level, typ&0x3fff)}
		if a.level != "" {
			a.children = parseNodes(t, a.payload, a.level)
		}
		nodes = append(nodes, a)
		b = b[min(len(b), (n+3)&^3):]
	}
	return nodes
}

func appendNodes(b []byte, nodes []*node) []byte {
	for _, a := range nodes {
		payload := a.payload
		if a.level != "" {
			payload = appendNodes(nil, a.children)
		}
		b = binary.NativeEndian.AppendUint16(b, uint16(4+len(payload)))
		b = binary.NativeEndian.AppendUint16(b, a.typ)
		b = append(b, payload...)
		b = append(b, make([]byte, (4-len(payload)%4)%4)...)
	}
	return b
}

// everyList calls f with the attributes of each device, peer and prefix.
func everyList(nodes *[]*node, level string, f func(level string, list *[]*node)) {
	if level != "peers" && level != "prefixes" {
		f(level, nodes)
	}
	for _, a := range *nodes {
		if a.level != "" {
			everyList(&a.children, a.level, f)
		}
	}
}

// strange returns a message of a dump as nodes, and its device.
func strange(t *testing.T) (head []byte, nodes []*node, want *wgtypes.Device) {
	t.Helper()
	want = wgtest.RandomDevice(rand.New(rand.NewPCG(3, 3)), wgtest.RandomOptions{MinPeers: 3, MaxPeers: 3, MinAllowedIPs: 3, MaxAllowedIPs: 3})
	want.Kind, want.Index = wgtypes.KindUnknown, 5
	for b := range nltest.Fragment(want, nlwire.Header{Type: 30}, 1<<15) {
		_, p := payload(t, b)
		const genl = 4
		return p[:genl:genl], parseNodes(t, p[genl:], "device"), want
	}
	return nil, nil, nil
}

// decodeOne decodes a dump of one message peer by peer, and checks that decoding all at
// once gives the same result.
func decodeOne(t *testing.T, payload []byte) (*wgtypes.Device, error) {
	t.Helper()
	dev, err := decodeByPeer(payload)
	checkRest(t, [][]byte{payload}, dev.Peers, err)
	return dev, err
}

func decodeByPeer(payload []byte) (*wgtypes.Device, error) {
	var d nlwire.Decoder
	_ = d.Feed(payload) // the error stays in d
	var peers []wgtypes.Peer
	var p wgtypes.Peer
	for ; d.Next(&p); p = (wgtypes.Peer{}) {
		peers = append(peers, p)
	}
	if d.End(&p) {
		peers = append(peers, p)
	}
	dev := d.Device()
	dev.Peers = peers
	return &dev, d.Err()
}

// TestUnknownAttributes checks that unknown attributes, as a later kernel may add them,
// are ignored anywhere.
func TestUnknownAttributes(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	for _, typ := range []uint16{99, 0x3fff, 0x8000 | 99, 0x4000 | 99} {
		for _, size := range []int{0, 1, 4, 37} {
			unknown := &node{typ: typ, payload: slices.Repeat([]byte{0xa5}, size)}
			everyList(&nodes, "device", func(_ string, list *[]*node) {
				for at := range len(*list) + 1 {
					before := slices.Clone(*list)
					*list = slices.Insert(*list, at, unknown)
					got, err := decodeOne(t, appendNodes(head, nodes))
					*list = before
					if diff := cmp.Diff(want, got, equal...); err != nil || diff != "" {
						t.Fatalf("type %#x with %d bytes: %v (-want +got):\n%s", typ, size, err, diff)
					}
				}
			})
		}
	}
}

// TestAttributeOrder checks that the order of attributes does not matter.
func TestAttributeOrder(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	r := rand.New(rand.NewPCG(4, 4))
	for range 100 {
		everyList(&nodes, "device", func(_ string, list *[]*node) {
			r.Shuffle(len(*list), func(i, j int) { (*list)[i], (*list)[j] = (*list)[j], (*list)[i] })
		})
		got, err := decodeOne(t, appendNodes(head, nodes))
		if diff := cmp.Diff(want, got, equal...); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// TestRepeatedAttributes repeats each attribute. That changes nothing, except that a
// second list of peers is an error and a second list of allowed IPs is appended.
func TestRepeatedAttributes(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	everyList(&nodes, "device", func(_ string, list *[]*node) {
		for at := range *list {
			before := slices.Clone(*list)
			twice := (*list)[at]
			*list = append(*list, twice)
			got, err := decodeOne(t, appendNodes(head, nodes))
			*list = before
			switch diff := cmp.Diff(want, got, equal...); {
			case twice.level == "peers" && err == nil:
				t.Errorf("decoding two lists of peers: error = %v, want one", err)
			case twice.level == "" && (err != nil || diff != ""):
				t.Errorf("attribute %d twice: error = %v, want nil (-want +got):\n%s", twice.typ, err, diff)
			case twice.level == "prefixes" && err != nil:
				t.Errorf("two lists of a peer: error = %v, want nil or ErrMalformed", err)
			}
		}
	})
}

// clearField clears the field of an attribute of a device or a peer.
func clearField(level string, typ uint16, d *wgtypes.Device, p *wgtypes.Peer) {
	fields := map[uint16]func(){
		1: func() { d.Index = 0 },
		3: func() { d.PrivateKey = wgtypes.PrivateKey{} },
		4: func() { d.PublicKey = wgtypes.PublicKey{} },
		6: func() { d.ListenPort = 0 },
		7: func() { d.FirewallMark = 0 },
	}
	if level == "peer" {
		fields = map[uint16]func(){
			2:  func() { p.PresharedKey = wgtypes.PresharedKey{} },
			4:  func() { p.Endpoint = netip.AddrPort{} },
			5:  func() { p.PersistentKeepalive = 0 },
			6:  func() { p.LastHandshake = time.Time{} },
			7:  func() { p.ReceiveBytes = 0 },
			8:  func() { p.TransmitBytes = 0 },
			10: func() { p.ProtocolVersion = 0 },
		}
	}
	fields[typ]()
}

// isNumber reports whether an attribute of that level is a number.
func isNumber(level string, typ uint16) bool {
	switch level {
	case "device":
		return typ == 1 || typ == 6 || typ == 7
	case "peer":
		return typ == 5 || typ == 7 || typ == 8 || typ == 10
	}
	return typ == 1 || typ == 3 // of a prefix: family and mask
}

// number decodes a number of any width.
func number(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.NativeEndian.Uint16(b))
	case 4:
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}

// encodeNumber returns n in size bytes: 1, 2, 4 or 8.
func encodeNumber(n uint64, size int) []byte {
	b := make([]byte, size)
	switch size {
	case 1:
		b[0] = byte(n)
	case 2:
		binary.NativeEndian.PutUint16(b, uint16(n))
	case 4:
		binary.NativeEndian.PutUint32(b, uint32(n))
	case 8:
		binary.NativeEndian.PutUint64(b, n)
	}
	return b
}

// resized returns an attribute's payload with another size. same reports whether it has
// the same value: a number of another width, or a longer structure.
func resized(level string, typ uint16, payload []byte, size int) (result []byte, same bool) {
	if !isNumber(level, typ) {
		isStruct := level == "peer" && (typ == 4 || typ == 6)
		padded := append(slices.Clone(payload), make([]byte, 16)...)
		return padded[:size], size == len(payload) || isStruct && size > len(payload)
	}
	n := number(payload)
	switch {
	case size != 1 && size != 2 && size != 4 && size != 8:
		return make([]byte, size), false
	case size < 8 && n >= 1<<(8*size):
		return make([]byte, 3), false
	}
	return encodeNumber(n, size), true
}

// TestWrongSize gives each attribute other sizes. A number of another width and a longer
// structure have the same value; anything else costs only this field. A peer without a
// public key and an incomplete prefix are errors.
func TestWrongSize(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	const name, publicKey = 2, 1
	check := func(level string, a *node, p *wgtypes.Peer, d *wgtypes.Device) {
		before := a.payload
		defer func() { a.payload = before }()
		for size := range len(before) + 9 {
			restore, restorePeer := *d, *p
			var same bool
			a.payload, same = resized(level, a.typ, before, size)
			malformed := !same && (level == "prefix" || level == "peer" && a.typ == publicKey)
			if !same && !malformed {
				clearField(level, a.typ, d, p)
			}
			got, err := decodeOne(t, appendNodes(head, nodes))
			if malformed != errors.Is(err, nlwire.ErrMalformed) {
				t.Errorf("attribute %d of a %s with %d bytes: error = %v, want ErrMalformed: %t", a.typ, level, size, err, malformed)
			}
			if diff := cmp.Diff(d, got, equal...); err == nil && diff != "" {
				t.Errorf("attribute %d of a %s with %d bytes (-want +got):\n%s", a.typ, level, size, diff)
			}
			*p = restorePeer
			peers := d.Peers
			*d = restore
			d.Peers = peers
		}
	}
	for _, a := range nodes {
		switch {
		case a.level == "" && a.typ != name:
			check("device", a, new(wgtypes.Peer), want)
		case a.level == "peers":
			for i, peer := range a.children {
				for _, b := range peer.children {
					if b.level == "" {
						check("peer", b, &want.Peers[i], want)
						continue
					}
					for _, prefix := range b.children {
						for _, c := range prefix.children {
							check("prefix", c, &want.Peers[i], want)
						}
					}
				}
			}
		}
	}
}

// TestReplacedAttributes replaces each attribute of the device and of each peer by an
// unknown one of the same size, so that the others keep their places.
func TestReplacedAttributes(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	const name, publicKey, unknown = 2, 1, 99
	check := func(level string, a *node, peer int) {
		if a.level != "" || level == "device" && a.typ == name {
			return
		}
		typ := a.typ
		a.typ = unknown
		got, err := decodeOne(t, appendNodes(head, nodes))
		a.typ = typ
		if level == "peer" && typ == publicKey {
			if !errors.Is(err, nlwire.ErrMalformed) {
				t.Errorf("peer %d without its public key: error = %v, want ErrMalformed", peer, err)
			}
			return
		}
		expected := want.Clone()
		clearField(level, typ, expected, &expected.Peers[peer])
		if diff := cmp.Diff(expected, got, equal...); err != nil || diff != "" {
			t.Errorf("attribute %d of a %s replaced: error %v (-want +got):\n%s", typ, level, err, diff)
		}
	}
	for _, a := range nodes {
		check("device", a, 0)
		if a.level == "peers" {
			for i, peer := range a.children {
				for _, b := range peer.children {
					check("peer", b, i)
				}
			}
		}
	}
}

// TestUnknownValues gives attributes values that no kernel sends. Each costs only its
// field.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	i := slices.IndexFunc(nodes, func(a *node) bool { return a.level == "peers" })
	peer := nodes[i].children[1]
	for _, test := range []struct {
		level   string
		typ     uint16
		payload []byte
	}{
		{"device", 6, binary.NativeEndian.AppendUint32(nil, 1<<16|7)},
		{"device", 7, binary.NativeEndian.AppendUint64(nil, 1<<32|7)},
		{"peer", 4, append(binary.NativeEndian.AppendUint16(nil, 99), make([]byte, 26)...)},
		{"peer", 4, append(binary.NativeEndian.AppendUint16(nil, 10), make([]byte, 25)...)},
		{"peer", 5, binary.NativeEndian.AppendUint64(nil, 1<<32+5)},
		{"peer", 4, append(binary.NativeEndian.AppendUint16(nil, 99), make([]byte, 14)...)},
		{"peer", 6, binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, 1), 1e9)},
		{"peer", 6, binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, 1), 1<<64-1)},
		{"peer", 10, binary.NativeEndian.AppendUint64(nil, 1<<63|7)},
	} {
		list := nodes
		if test.level == "peer" {
			list = peer.children
		}
		at := slices.IndexFunc(list, func(a *node) bool { return a.typ == test.typ })
		if at < 0 {
			t.Fatalf("the message has no attribute %d of a %s", test.typ, test.level)
		}
		before := list[at].payload
		list[at].payload = test.payload
		expected := want.Clone()
		clearField(test.level, test.typ, expected, &expected.Peers[1])
		got, err := decodeOne(t, appendNodes(head, nodes))
		if diff := cmp.Diff(expected, got, equal...); err != nil || diff != "" {
			t.Errorf("attribute %d of a %s = %x: error %v (-want +got):\n%s", test.typ, test.level, test.payload, err, diff)
		}
		list[at].payload = before
	}
}

// TestContinuation checks that everything except the allowed IPs of a continuation is
// ignored, in the kernel's order of attributes and in others.
func TestContinuation(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	i := slices.IndexFunc(nodes, func(a *node) bool { return a.level == "peers" })
	peers := nodes[i]
	for at := range peers.children {
		for _, reversed := range []bool{false, true} {
			whole := peers.children[at]
			other := &node{typ: whole.typ, level: whole.level, children: slices.Clone(peers.children[(at+1)%3].children)}
			other.children[0] = whole.children[0] // the public key
			if reversed {
				slices.Reverse(other.children)
			}
			changed := *nodes[i]
			changed.children = slices.Insert(slices.Clone(peers.children), at+1, other)
			nodes[i] = &changed
			expected := want.Clone()
			expected.Peers[at].AllowedIPs = append(expected.Peers[at].AllowedIPs, want.Peers[(at+1)%3].AllowedIPs...)
			got, err := decodeOne(t, appendNodes(head, nodes))
			if diff := cmp.Diff(expected, got, equal...); err != nil || diff != "" {
				t.Errorf("continuation of peer %d, reversed: %t: error %v (-want +got):\n%s", at, reversed, err, diff)
			}
			nodes[i] = peers
		}
	}
}

// TestHostBits checks that prefixes with host bits are masked, and that masks which are
// longer than the address are errors.
func TestHostBits(t *testing.T) {
	t.Parallel()
	ones := map[int][]byte{4: bytes.Repeat([]byte{0xff}, 4), 16: bytes.Repeat([]byte{0xff}, 16)}
	for size, address := range ones {
		family := uint16(2)
		if size == 16 {
			family = 10
		}
		for bits := range 256 {
			prefix := &node{typ: 0x8000, level: "prefix", children: []*node{
				{typ: 3, payload: []byte{byte(bits)}}, {typ: 1, payload: binary.NativeEndian.AppendUint16(nil, family)}, {typ: 2, payload: address},
			}}
			// The fast path needs room for a second prefix.
			list := &node{typ: 0x8000 | 9, level: "prefixes", children: []*node{prefix, prefix}}
			peer := &node{typ: 0x8000, level: "peer", children: []*node{{typ: 1, payload: make([]byte, 32)}, list}}
			got, err := decodeOne(t, appendNodes(make([]byte, 4), []*node{{typ: 0x8000 | 8, level: "peers", children: []*node{peer}}}))
			if bits > 8*size {
				if !errors.Is(err, nlwire.ErrMalformed) {
					t.Errorf("mask %d of %d bytes: error = %v, want ErrMalformed", bits, size, err)
				}
				continue
			}
			addr, _ := netip.AddrFromSlice(address)
			want := netip.PrefixFrom(addr, bits).Masked()
			if err != nil || !slices.Equal(got.Peers[0].AllowedIPs, []netip.Prefix{want, want}) {
				t.Errorf("mask %d of %d bytes: got %v, %v, want %v twice", bits, size, got.Peers[0].AllowedIPs, err, want)
			}
		}
	}
}

// TestEndpoints decodes endpoints of unusual forms.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	sockaddr6 := func(addr string, scope uint32) []byte {
		b := binary.NativeEndian.AppendUint16(nil, 10)
		b = append(b, 0, 53, 1, 2, 3, 4) // port and flow label
		a := netip.MustParseAddr(addr).As16()
		return binary.NativeEndian.AppendUint32(append(b, a[:]...), scope)
	}
	for name, test := range map[string]struct {
		payload []byte
		want    string
	}{
		"scope":              {sockaddr6("fe80::1", 7), "[fe80::1%7]:53"},
		"largest scope":      {sockaddr6("fe80::1", 1<<32-1), "[fe80::1%4294967295]:53"},
		"no scope":           {sockaddr6("fe80::1", 0), "[fe80::1]:53"},
		"mapped":             {sockaddr6("::ffff:192.0.2.1", 0), "192.0.2.1:53"},
		"mapped, with scope": {sockaddr6("::ffff:192.0.2.1", 7), "192.0.2.1:53"},
	} {
		peer := &node{typ: 0x8000, level: "peer", children: []*node{{typ: 1, payload: make([]byte, 32)}, {typ: 4, payload: test.payload}}}
		got, err := decodeOne(t, appendNodes(make([]byte, 4), []*node{{typ: 0x8000 | 8, level: "peers", children: []*node{peer}}}))
		if err != nil || got.Peers[0].Endpoint.String() != test.want {
			t.Errorf("%s: endpoint = %v, %v, want %s", name, got.Peers[0].Endpoint, err, test.want)
		}
	}
}

// TestPadding checks that empty attributes of type 0, with which some kernels pad, are
// ignored everywhere, also among the elements of lists.
func TestPadding(t *testing.T) {
	t.Parallel()
	head, nodes, want := strange(t)
	padding := &node{}
	i := slices.IndexFunc(nodes, func(a *node) bool { return a.level == "peers" })
	peers := nodes[i].children
	list := peers[1].children[len(peers[1].children)-1]
	if list.level != "prefixes" {
		t.Fatalf("the last attribute of a peer is of the level %q, want %q", list.level, "prefixes")
	}
	list.children = slices.Insert(list.children, 1, padding)
	peers[0].children = slices.Insert(peers[0].children, 2, padding)
	nodes[i].children = slices.Insert(slices.Clone(peers), 1, padding)
	nodes = slices.Insert(nodes, 1, padding)
	got, err := decodeOne(t, appendNodes(head, nodes))
	if diff := cmp.Diff(want, got, equal...); err != nil || diff != "" {
		t.Errorf("decoding a padded dump: error %v (-want +got):\n%s", err, diff)
	}
}

// TestHandshakeTimes decodes times near 1970: only 0 seconds and 0 nanoseconds mean never.
func TestHandshakeTimes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		sec, nsec int64
		want      time.Time
	}{{0, 0, time.Time{}}, {0, 5, time.Unix(0, 5).UTC()}, {1, 0, time.Unix(1, 0).UTC()}, {1 << 40, 999999999, time.Unix(1<<40, 999999999).UTC()}} {
		b := binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, uint64(test.sec)), uint64(test.nsec))
		peer := &node{typ: 0x8000, level: "peer", children: []*node{{typ: 1, payload: make([]byte, 32)}, {typ: 6, payload: b}}}
		got, err := decodeOne(t, appendNodes(make([]byte, 4), []*node{{typ: 0x8000 | 8, level: "peers", children: []*node{peer}}}))
		if err != nil || got.Peers[0].LastHandshake != test.want {
			t.Errorf("%d s and %d ns = %v, %v, want %v", test.sec, test.nsec, got.Peers[0].LastHandshake, err, test.want)
		}
	}
}

// TestDecoderErrorSticks checks that a Decoder returns no peers after an error.
func TestDecoderErrorSticks(t *testing.T) {
	t.Parallel()
	head, nodes, _ := strange(t)
	valid := appendNodes(head, nodes)
	var d nlwire.Decoder
	if err := d.Feed([]byte{1, 2, 3}); !errors.Is(err, nlwire.ErrMalformed) {
		t.Errorf("Feed() of 3 bytes = %v, want ErrMalformed", err)
	}
	if err := d.Feed(valid); !errors.Is(err, nlwire.ErrMalformed) || d.Next(new(wgtypes.Peer)) {
		t.Errorf("Feed() after an error = %v, want ErrMalformed and no peers", err)
	}
	i := slices.IndexFunc(nodes, func(a *node) bool { return a.level == "peers" })
	list := appendNodes(nil, nodes[i].children)
	nodes[i] = &node{typ: nodes[i].typ, payload: append(list, 200, 200, 0, 0)}
	if got, err := decodeOne(t, appendNodes(head, nodes)); !errors.Is(err, nlwire.ErrMalformed) {
		t.Errorf("decoding a list with an element that is too long = %+v, %v, want ErrMalformed", got, err)
	}
}

// TestAmneziaWG decodes a dump as the module of AmneziaWG 3 sends it: its own attributes
// on the device, flags before the public key of each peer and each continuation, and the
// keepalive as a range in 32 bits.
func TestAmneziaWG(t *testing.T) {
	t.Parallel()
	leaf := func(typ uint16, payload []byte) *node { return &node{typ: typ, payload: payload} }
	u16 := func(n uint64) []byte { return encodeNumber(n, 2) }
	u32 := func(n uint64) []byte { return encodeNumber(n, 4) }
	prefix := func(last byte) *node {
		return &node{typ: 0x8000, level: "prefix", children: []*node{
			leaf(3, []byte{32}), leaf(1, u16(2)), leaf(2, []byte{10, 0, 0, last}),
		}}
	}
	key := func(b byte) []byte { return append([]byte{b}, make([]byte, 31)...) }
	part := func(b byte, rest ...*node) *node {
		return &node{typ: 0x8000, level: "peer", children: append([]*node{leaf(3, u32(8)), leaf(1, key(b))}, rest...)}
	}
	prefixes := func(last ...byte) *node {
		list := &node{typ: 0x8000 | 9, level: "prefixes"}
		for _, b := range last {
			list.children = append(list.children, prefix(b))
		}
		return list
	}
	peers := &node{typ: 0x8000 | 8, level: "peers", children: []*node{
		part(1, leaf(2, make([]byte, 32)), leaf(6, make([]byte, 16)), leaf(5, u32(30<<16|25)), leaf(8, encodeNumber(7, 8)), prefixes(1)),
		part(1, prefixes(2, 3)),
		part(2, leaf(5, u32(0)), leaf(11, nil)),
	}}
	message := appendNodes(make([]byte, 4), []*node{
		leaf(6, u16(51820)), leaf(7, u32(5)), leaf(1, u32(9)), leaf(2, []byte("awg0\x00")),
		leaf(9, u16(4)), leaf(10, u16(8)), leaf(14, encodeNumber(5<<32|5, 8)), leaf(21, []byte("<b 0x01>\x00")),
		leaf(26, make([]byte, 32)), leaf(27, u32(0)), peers,
	})
	got, err := decodeOne(t, message)
	want := &wgtypes.Device{Name: "awg0", Index: 9, ListenPort: 51820, FirewallMark: 5, Peers: []wgtypes.Peer{
		{PublicKey: wgtypes.PublicKey{1}, PersistentKeepalive: 25 * time.Second, TransmitBytes: 7, AllowedIPs: []netip.Prefix{
			netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("10.0.0.2/32"), netip.MustParsePrefix("10.0.0.3/32"),
		}},
		{PublicKey: wgtypes.PublicKey{2}},
	}}
	if diff := cmp.Diff(want, got, equal...); err != nil || diff != "" {
		t.Errorf("decoding a dump of AmneziaWG: error %v (-want +got):\n%s", err, diff)
	}
}

// TestPeerWithoutKey checks that a peer without a public key is malformed, no matter
// what else it has.
func TestPeerWithoutKey(t *testing.T) {
	t.Parallel()
	const publicKey = 1
	head, nodes, _ := strange(t)
	i := slices.IndexFunc(nodes, func(a *node) bool { return a.level == "peers" })
	peers := nodes[i].children
	for at, peer := range peers {
		all := peer.children
		for _, kept := range [][]*node{
			{{typ: 99, payload: make([]byte, 4)}},
			all[len(all)-1:], // only its allowed IPs
			slices.DeleteFunc(slices.Clone(all), func(a *node) bool { return a.typ == publicKey }),
		} {
			peer.children = kept
			if got, err := decodeOne(t, appendNodes(head, nodes)); !errors.Is(err, nlwire.ErrMalformed) {
				t.Errorf("peer %d with %d attributes: got %v, %v, want ErrMalformed", at, len(kept), got, err)
			}
		}
		peer.children = all
	}
}
