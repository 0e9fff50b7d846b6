package wgnetbsd

import (
	"bytes"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd/plist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ErrMalformed means that a reply of the kernel is invalid.
var ErrMalformed = plist.ErrMalformed

// state is what the kernel says about a device.
type state struct {
	device  wgtypes.Device // zones are numbers; the peers are in the order of addition
	names   []string       // of the peers; "" for none
	secrets bool           // the caller is privileged: the reply has the secrets
}

// decodeGet decodes the reply in a buffer: a property list and a NUL byte.
func decodeGet(buf []byte) (*state, error) {
	list, _, ok := bytes.Cut(buf, []byte{0})
	if !ok {
		return nil, fmt.Errorf("%w: no NUL byte in %d bytes", ErrMalformed, len(buf))
	}
	d := getDecoder{Decoder: plist.NewDecoder(list)}
	defer clear(d.scratch[:])
	d.decodeDevice()
	if err := d.Finish(); err != nil {
		return nil, err
	}
	// The kernel lists the newest peer first.
	d.device.Peers = d.peers.Take()
	slices.Reverse(d.device.Peers)
	slices.Reverse(d.names)
	return &d.state, nil
}

type getDecoder struct {
	plist.Decoder
	state
	peers   arena.Buffer[wgtypes.Peer]
	list    arena.Slab[netip.Prefix]
	keys    arena.Keys
	scratch [64]byte
}

func (d *getDecoder) decodeDevice() {
	d.Begin(plist.Dict)
	listed := false
	for key, ok := d.Key(); ok; key, ok = d.Key() {
		switch string(key) {
		case "private_key":
			k := wgtypes.NewPrivateKey(d.key())
			d.device.PrivateKey, d.device.PublicKey, d.secrets = k, k.PublicKey(), true
		case "listen_port":
			d.device.ListenPort = uint16(d.Uint(math.MaxUint16))
		case "peers":
			if listed {
				d.Fail("two lists of peers")
			}
			listed = true
			for d.Begin(plist.Array); d.More(); {
				d.decodePeer(d.peers.Reserve())
				d.peers.Commit()
			}
		default:
			d.Skip()
		}
	}
}

// decodePeer decodes a peer into p, which is zero.
func (d *getDecoder) decodePeer(p *wgtypes.Peer) {
	d.Begin(plist.Dict)
	hasKey, listed := false, false
	var sec, nsec int64
	name := ""
	for key, ok := d.Key(); ok; key, ok = d.Key() {
		switch string(key) {
		case "name":
			name = d.String()
		case "public_key":
			p.PublicKey, hasKey = d.key(), true
		case "preshared_key":
			p.PresharedKey = d.keys.PresharedKey(d.key())
		case "endpoint":
			p.Endpoint = endpoint(d.Data(d.scratch[:0]))
		case "last_handshake_time_sec":
			sec = int64(d.Uint(math.MaxInt64))
		case "last_handshake_time_nsec":
			nsec = int64(d.Uint(uint64(time.Second - 1)))
		case "allowedips":
			if listed {
				d.Fail("two lists of allowed IPs")
			}
			listed = true
			for d.Begin(plist.Array); d.More(); {
				d.list.Append(d.allowedIP())
			}
		default:
			d.Skip()
		}
	}
	if !hasKey {
		d.Fail("peer without public_key")
	}
	if sec != 0 || nsec != 0 {
		p.LastHandshake = time.Unix(sec, nsec).UTC()
	}
	p.AllowedIPs, p.ProtocolVersion = d.list.Take(), 1
	d.names = append(d.names, name)
}

// endpoint decodes a socket address, which must have the size of its family.
func endpoint(b []byte) netip.AddrPort {
	if len(b) == bsd.SockaddrIn6 && b[1] == bsd.Inet {
		return netip.AddrPort{}
	}
	return bsd.Sockaddr(b, bsd.Inet6OpenBSD, host)
}

// allowedIP decodes an allowed IP. The result is masked: the kernel keeps host bits.
func (d *getDecoder) allowedIP() netip.Prefix {
	d.Begin(plist.Dict)
	var family, bits uint64
	var addr netip.Addr
	for key, ok := d.Key(); ok; key, ok = d.Key() {
		switch string(key) {
		case "family":
			family = d.Uint(math.MaxUint8)
		case "cidr":
			bits = d.Uint(math.MaxUint8)
		case "ip":
			addr, _ = netip.AddrFromSlice(d.Data(d.scratch[:0]))
		default:
			d.Skip()
		}
	}
	if !(addr.Is4() && family == bsd.Inet || addr.Is6() && family == bsd.Inet6OpenBSD) {
		d.Fail("allowed IP of family %d with an address of %d bits", family, addr.BitLen())
		return netip.Prefix{}
	}
	p, err := addr.Prefix(int(bits))
	if err != nil {
		d.Fail("allowed IP with %d bits", bits)
	}
	return p
}

// key decodes 32 bytes of data.
func (d *getDecoder) key() (k [wgtypes.KeyLen]byte) {
	b := d.Data(d.scratch[:0])
	if len(b) != len(k) {
		d.Fail("key of %d bytes, want %d", len(b), len(k))
		return k
	}
	return [wgtypes.KeyLen]byte(b)
}
