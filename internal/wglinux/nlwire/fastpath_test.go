package nlwire_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

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
	want = wgtest.RandomDevice(rand.New(rand.NewPCG(3, 3)), wgtest.GenOptions{MinPeers: 3, MaxPeers: 3, MinAllowedIPs: 3, MaxAllowedIPs: 3})
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

// TestWrongSize: an attribute of any other size than its own is an error, and
// never a number.
func TestWrongSize(t *testing.T) {
	t.Parallel()
	head, nodes, _ := strange(t)
	const name = 2
	everyList(&nodes, "device", func(level string, list *[]*node) {
		for _, a := range *list {
			if a.level != "" || level == "device" && a.typ == name {
				continue
			}
			whole := a.payload
			for size := range len(whole) + 9 {
				a.payload = append(slices.Clone(whole), make([]byte, 16)...)[:size]
				_, err := decodeOne(t, appendNodes(head, nodes))
				if (err == nil) != (size == len(whole)) {
					t.Errorf("attribute %d of a %s with %d bytes: error = %v, want one unless it has %d bytes", a.typ, level, size, err, len(whole))
				}
			}
			a.payload = whole
		}
	})
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
			all[len(all)-1:], // its allowed IPs alone
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
