package nlwire

import (
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The generic netlink family (linux/wireguard.h).
const (
	Family        = "wireguard"
	AmneziaFamily = "amneziawg"
	genlVersion   = 1

	commandGet = 0 // WG_CMD_GET_DEVICE
	commandSet = 1 // WG_CMD_SET_DEVICE
)

// Attributes of a device (enum wgdevice_attribute).
const (
	devIndex      = 1 // u32
	devName       = 2 // text
	devPrivateKey = 3 // 32 bytes; absent, or zeros in a set, for none
	devPublicKey  = 4 // 32 bytes
	devFlags      = 5 // u32
	devListenPort = 6 // u16
	devMark       = 7 // u32
	devPeers      = 8 // nest of nests

	devReplacePeers = 1 // WGDEVICE_F_REPLACE_PEERS
)

// AppendGet appends the request for a dump of the device with that interface
// index. Kernels since 6.19 refuse further attributes in it.
func AppendGet(b []byte, h Header, index uint32) []byte {
	start := len(b)
	h.Flags |= FlagRequest | FlagDump
	b = appendHeader(b, h)
	b = appendGenl(b, commandGet)
	b = appendU32(b, devIndex, index)
	return finish(b, start)
}

// Decoder decodes the messages of a dump into a device and its peers. A kernel
// splits a peer that does not fit in a message: adjacent peers with the same key,
// also in different messages, are one peer.
type Decoder struct {
	// Amnezia is the version of AmneziaWG that sends the dump, or zero for WireGuard.
	Amnezia wgtypes.AmneziaVersion

	dev   wgtypes.Device
	peers attrs // over the peers of the last message
	err   error

	begun bool // the peer being decoded may have further parts
	list  arena.Slab[netip.Prefix]
	keys  arena.Keys
}

// Feed sets the payload of the next message of the dump. The caller must not
// modify it until Next has returned false.
func (d *Decoder) Feed(payload []byte) error {
	if d.err != nil {
		return d.err
	}
	if len(payload) < genlHeader {
		d.err = malformed("reply of %d bytes", len(payload))
		return d.err
	}
	if d.Amnezia != 0 && d.dev.Amnezia == nil {
		d.dev.Amnezia = &wgtypes.Amnezia{Version: d.Amnezia}
	}
	a := attrsOf(payload[genlHeader:])
	peers := false
	for a.next() {
		if d.Amnezia != 0 && a.typ > devPeers {
			a.amneziaField(d.dev.Amnezia)
			continue
		}
		if a.typ == devPeers {
			if peers {
				a.fail("two lists of peers")
			}
			peers = true
			d.peers = attrsOf(a.payload())
			continue
		}
		a.deviceField(&d.dev)
	}
	d.err = a.err
	return d.err
}

// deviceField decodes an attribute of the device. Kernels repeat these attributes
// in each message until the first peer is complete, and then omit them.
func (a *attrs) deviceField(d *wgtypes.Device) {
	switch a.typ {
	case devIndex:
		index := uint32(d.Index)
		decodeNumber(a, &index)
		d.Index = int(index)
	case devName:
		d.Name = a.text()
	case devPrivateKey:
		if k, ok := a.key(); ok {
			d.PrivateKey = wgtypes.NewPrivateKey(k)
		}
	case devPublicKey:
		if k, ok := a.key(); ok {
			d.PublicKey = k
		}
	case devListenPort:
		decodeNumber(a, &d.ListenPort)
	case devMark:
		decodeNumber(a, &d.FirewallMark)
	}
}

// Device returns the device without its peers, as decoded so far.
func (d *Decoder) Device() wgtypes.Device {
	dev := d.dev
	dev.Amnezia = dev.Amnezia.Clone()
	return dev
}

// Next decodes the next peer into p, which must be zero, and reports whether it is
// complete. If it returns false, either Err returns an error, or the caller must
// feed the next message and call Next, or End after the last message, with the
// same p, which may hold part of the peer.
func (d *Decoder) Next(p *wgtypes.Peer) bool {
	for d.err == nil && d.peers.next() {
		b := d.peers.payload()
		if d.begun && isOtherPeer(b, &p.PublicKey) {
			d.peers.unread()
			return d.End(p)
		}
		d.err = d.decodePeer(b, p)
		d.begun = true
		// This completes most peers. Otherwise the next peer has to be read twice.
		if d.err == nil && beginsOtherPeer(d.peers.rest(), &p.PublicKey) {
			return d.End(p)
		}
	}
	if d.err == nil {
		d.err = d.peers.err
	}
	return false
}

// End completes the last peer at the end of the dump. It reports whether there is
// one.
func (d *Decoder) End(p *wgtypes.Peer) (ok bool) {
	if ok = d.begun; ok {
		p.AllowedIPs = d.list.Take()
	}
	d.begun = false
	return ok
}

// Rest returns the peers of the last fed message and of messages, the rest of the
// dump. It counts the peers first, so that it can allocate lists of the right size.
// After each peer it calls progress, which may be nil, with the number of decoded
// peers and 0.
func (d *Decoder) Rest(messages [][]byte, progress func(done, all int)) ([]wgtypes.Peer, error) {
	peers, prefixes := countPeers(d.peers.b[min(d.peers.at, len(d.peers.b)):])
	for _, payload := range messages {
		m, n := countPeers(peersOf(payload))
		peers, prefixes = peers+m, prefixes+n
	}
	d.list.Expect(prefixes)
	list := make([]wgtypes.Peer, peers+1) // one more for a malformed peer, which is not counted
	done := 0
	complete := func() {
		if done++; progress != nil {
			progress(done, 0)
		}
	}
	for {
		for d.Next(&list[done]) {
			complete()
		}
		if d.err != nil {
			return nil, d.err
		}
		if len(messages) == 0 {
			break
		}
		_ = d.Feed(messages[0]) // the error stays in d.err
		messages = messages[1:]
	}
	if d.End(&list[done]) {
		complete()
	}
	return slices.Clip(list[:done]), nil
}

// peersOf returns the list of peers of a message, or nil if it has none or is
// malformed.
func peersOf(payload []byte) []byte {
	a := attrsOf(payload[min(genlHeader, len(payload)):])
	for a.next() {
		if a.typ == devPeers {
			return a.payload()
		}
	}
	return nil
}

// Err returns the first error in the messages.
func (d *Decoder) Err() error { return d.err }
