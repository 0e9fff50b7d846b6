package uapi

import (
	"fmt"
	"io"
	"iter"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// AppendGet appends the request for a device's state to b.
func AppendGet(b []byte) []byte { return append(b, "get=1\n\n"...) }

// AppendDevice appends the reply to a get request to b: the device d and errno 0.
// Name, Index, Kind, PublicKey and Amnezia.UnknownKeys are not part of a reply.
//
// The fields of d must have values that [wgtypes.Device] and [wgtypes.Peer] allow. No
// field value can add a line.
func AppendDevice(b []byte, d *wgtypes.Device) []byte {
	b = appendDevice(b, d)
	for i := range d.Peers {
		b = appendPeer(b, &d.Peers[i])
	}
	return AppendErrno(b, 0)
}

// ParseDevice reads the reply to a get request and returns the device with all of
// its peers. Its errors are those of [Decoder]. now is as for [NewDecoder].
func ParseDevice(r io.Reader, now time.Time) (*wgtypes.Device, error) {
	d := NewDecoder(r, now) // which needs no Close after the end or an error
	dev, err := d.Device()
	if err != nil {
		return nil, err
	}
	var peers arena.Buffer[wgtypes.Peer]
	for {
		err := d.Next(peers.Reserve())
		if err == io.EOF {
			dev.Peers = peers.Take()
			return dev, nil
		}
		if err != nil {
			return nil, err
		}
		peers.Commit()
	}
}

// A Decoder reads the reply to a get request, one peer at a time, in bounded
// memory: first [Decoder.Device], then [Decoder.Peers].
//
// It is about as lenient as wg(8). It ignores unknown keys, and keys of the device
// after the first peer. Numbers that are too large
// become the largest value of their field: counters, the time of a handshake (the
// last second of the year 9999), and a keepalive (65535 s). A keepalive or version in
// another form is 0.
//
// A reply with a parameter of AmneziaWG has a Device.Amnezia. Its Version is the first
// one whose replies can have these keys. All versions send parameters that are not the
// default; 2.0 since amneziawg-go 0.2.16 and 3.0 also always send H1 to H4, and 3.1
// RandomTrailers and DisableCookies. So a device of 3.0 can look like one of 2.0, and
// new devices before amneziawg-go 0.2.16 look like WireGuard devices. Numbers, ranges
// and texts of these parameters never fail: a number that is too large becomes the
// largest one, an unknown form 0, and a control byte '?'.
//
// It reads blocks and can read beyond the end of the reply. Its errors are a
// [*DeviceError] with the errno of the device, wrap [ErrProtocol], or wrap the error
// of the reader. After an error it returns the same error again.
type Decoder struct {
	// A pointer: for a wrong verb package fmt prints the fields of a caller's
	// struct by reflection, but it does not follow pointers inside of them.
	*lines
	now       time.Time
	begun     bool // Device or Next was called
	row       int  // of the key found last
	dev       wgtypes.Device
	boringtun bool
	unknown   []string // keys of the device

	nextKey   wgtypes.PublicKey // of the peer that Next will read
	peers     int               // begun so far
	peer      *wgtypes.Peer     // while Next reads it
	ips       arena.Slab[netip.Prefix]
	keys      arena.Keys
	sec, nsec int64 // the peer's last handshake
}

// NewDecoder returns a Decoder that reads a reply from r. now is the time of the
// reply: boringtun sends how long ago a handshake was.
func NewDecoder(r io.Reader, now time.Time) *Decoder {
	// About what a socket returns at once, so that few peers are read in two pieces.
	const size = MaxLine / 2
	// One allocation for both.
	d := &struct {
		Decoder
		text lines
	}{text: newLines(r, size)}
	d.Decoder = Decoder{lines: &d.text, now: now}
	return &d.Decoder
}

// Device reads the reply up to the first peer and returns the device without Name,
// Index, Kind and Peers. The caller owns it. PublicKey is derived from PrivateKey;
// both are zero if the device has no key.
func (d *Decoder) Device() (*wgtypes.Device, error) {
	d.readDevice()
	if d.err != nil && d.err != io.EOF {
		return nil, d.err
	}
	dev := d.dev
	dev.Amnezia = d.dev.Amnezia.Clone()
	return &dev, nil
}

// Boringtun reports whether the reply has own_public_key, which only boringtun
// sends. It is valid after Device has returned.
//
// boringtun crashes when a peer that it has is configured again, and when a peer
// is added before the private key is set.
func (d *Decoder) Boringtun() bool { return d.boringtun }

// Peers yields the peers, each with a nil error. If reading fails, it yields the
// error last, with a zero Peer. Without an error, all peers of a complete reply
// with errno 0 were yielded. Device need not be called before.
//
// A second loop continues where the first one ended.
func (d *Decoder) Peers() iter.Seq2[wgtypes.Peer, error] {
	return func(yield func(wgtypes.Peer, error) bool) {
		var p wgtypes.Peer // outside of the loop, so that it is allocated once
		for {
			err := d.Next(&p)
			if err == io.EOF || !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// Next reads the next peer into p, for callers that keep the memory of peers
// themselves; others use [Decoder.Peers]. After the last peer of a complete reply
// with errno 0, the error is io.EOF. After an error p is zero.
func (d *Decoder) Next(p *wgtypes.Peer) error {
	*p = wgtypes.Peer{}
	d.readDevice()
	if d.err != nil {
		return d.err
	}
	p.PublicKey = d.nextKey
	d.peer, d.sec, d.nsec = p, 0, 0
	if !d.readFast() {
		readBlock(d, peerTable)
	}
	d.peer = nil
	if d.err != nil && d.err != io.EOF {
		*p = wgtypes.Peer{}
		return d.err
	}
	p.LastHandshake = d.handshake()
	p.AllowedIPs = d.ips.Take()
	return nil
}

// Format writes the text "a uapi.Decoder" for every verb. The buffer of a Decoder
// can contain keys.
func (d *Decoder) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "a uapi.Decoder") }

// Close clears the buffer, which can contain keys. It does not close the reader.
// Afterwards reading fails with io.ErrClosedPipe, unless the reply had ended
// before.
func (d *Decoder) Close() {
	if d.err == nil {
		d.err = io.ErrClosedPipe
	}
	d.wipe()
}

func (d *Decoder) readDevice() {
	if d.begun {
		return
	}
	d.begun = true
	readBlock(d, deviceTable)
	if d.dev.Amnezia != nil {
		d.dev.Amnezia.UnknownKeys = d.unknown
	}
	if !d.dev.PrivateKey.IsZero() {
		d.dev.PublicKey = d.dev.PrivateKey.PublicKey()
	}
}

// readBlock reads keys of t up to the public_key of the next peer, or the end,
// which sets err.
func readBlock(d *Decoder, t table[Decoder]) {
	for more := true; more && d.err == nil; {
		key, value, ok := d.pair()
		switch {
		case !ok:
		case len(key) == 0:
			d.fail("", "%s before the empty line", errnoKey)
		case string(key) == publicKeyKey:
			d.begin(value)
			more = false
		case string(key) == errnoKey:
			d.endReply(value)
		default:
			readField(d, t, key, value)
		}
	}
	if d.err != nil {
		d.wipe()
	}
}

// begin stores the public key of the next peer.
func (d *Decoder) begin(value []byte) {
	k, ok := parseKey(value)
	if !ok {
		d.fail(publicKeyKey, wantKey)
	}
	d.peers++
	if d.peers > MaxPeers {
		d.fail(publicKeyKey, "at most %d peers", MaxPeers)
	}
	d.nextKey = k
}

// readField reads a key of t, or a parameter of AmneziaWG before the first peer. It
// ignores other keys, as wg(8) does: unknown ones, and keys of a device after a peer or
// of a peer before the first one.
func readField(d *Decoder, t table[Decoder], key, value []byte) {
	f := t.find(key, &d.row)
	if f == nil {
		if d.peer == nil {
			d.readAmnezia(key, value)
		}
		return
	}
	if want := f.parse(d, value); want != "" {
		d.fail(f.key, "%s", want)
	}
}
