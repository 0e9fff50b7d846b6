package uapi

import (
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// AppendGet appends the request for a device's state to b.
func AppendGet(b []byte) []byte { return append(b, "get=1\n\n"...) }

// AppendDevice appends to b the whole reply to a get request, with errno 0: the
// state d of a device. Its Name, Index, Kind and PublicKey are no part of it.
//
// d must be what a device can be: see [wgtypes.Device].
func AppendDevice(b []byte, d *wgtypes.Device) []byte {
	b = deviceTable.appendTo(b, d)
	for i := range d.Peers {
		p := &d.Peers[i]
		b = appendKey(b, publicKeyKey, p.PublicKey)
		b = peerTable.appendTo(b, p)
	}
	return AppendErrno(b, 0)
}

// ParseDevice reads the whole reply to a get request, as a [Decoder] does.
func ParseDevice(r io.Reader, now time.Time) (*wgtypes.Device, error) {
	d := NewDecoder(r, now)
	defer d.Close()
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

// A Decoder reads the reply to a get request, peer by peer, in bounded memory.
//
// It reads no further than it must, but in blocks: what comes in one block with
// the end of the reply is lost. Keys that it does not know are ignored. Its
// errors are a [*DeviceError] with the errno that the device answered, or wrap
// [ErrProtocol], or what the reader returned; they stay.
type Decoder struct {
	// NB: a pointer, since package fmt, where it complains of a verb, prints by
	// reflection what the caller has in an unexported field: to here.
	*lines
	now       time.Time
	begun     bool // Device or Next was called
	row       int  // of the key found last
	dev       wgtypes.Device
	boringtun bool

	nextKey   wgtypes.PublicKey // of the peer that Next will read
	peers     int               // begun so far
	peer      *wgtypes.Peer     // while Next reads it
	ips       arena.Slab[netip.Prefix]
	keys      arena.Keys
	sec, nsec int64 // the peer's last handshake
}

// NewDecoder returns a Decoder of the reply that r gives. now is the time of
// the reply: boringtun tells how long ago a handshake was.
func NewDecoder(r io.Reader, now time.Time) *Decoder {
	// Half of the longest line is as much as sockets give in one piece, and few
	// peers are cut in two.
	const size = MaxLine / 2
	// Both in one allocation.
	d := &struct {
		Decoder
		text lines
	}{text: newLines(r, size)}
	d.Decoder = Decoder{lines: &d.text, now: now}
	return &d.Decoder
}

// Device reads what comes before the first peer and returns it: a Device
// without Name, Index, Kind and Peers, which the caller owns. PublicKey is
// derived from PrivateKey; both are zero of a device without a key.
func (d *Decoder) Device() (*wgtypes.Device, error) {
	d.readDevice()
	if d.err != nil && d.err != io.EOF {
		return nil, d.err
	}
	dev := d.dev
	return &dev, nil
}

// Boringtun reports whether the reply is boringtun's: it has own_public_key.
// That is known when Device has returned.
//
// Such a device ends when a peer that it has is configured again, and when it
// gets a peer before a private key.
func (d *Decoder) Boringtun() bool { return d.boringtun }

// Next reads the next peer into p, which it clears first. The error is io.EOF
// after the last one, when the reply was whole and its errno 0; p is then zero, as
// it is after any error.
func (d *Decoder) Next(p *wgtypes.Peer) error {
	*p = wgtypes.Peer{}
	d.readDevice()
	if d.err != nil {
		return d.err
	}
	p.PublicKey = d.nextKey
	d.peer, d.sec, d.nsec = p, 0, 0
	if !d.readUsual() {
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

// Format writes what the Decoder is, and nothing of what it has buffered, which
// may hold keys.
func (d *Decoder) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "a uapi.Decoder") }

// Close clears what the Decoder has buffered, which may hold keys. It does not
// close the reader. Afterwards Next returns io.ErrClosedPipe, unless the reply
// had ended before.
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
	if !d.dev.PrivateKey.IsZero() {
		d.dev.PublicKey = d.dev.PrivateKey.PublicKey()
	}
}

// readBlock reads keys of t up to the public_key of the next peer, or the end,
// which sets err.
func readBlock[E any](d *Decoder, t table[E, Decoder]) {
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

// begin takes note of the next peer.
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

func readField[E any](d *Decoder, t table[E, Decoder], key, value []byte) {
	f := t.find(key, &d.row)
	switch {
	case f != nil:
		if want := f.parse(d, value); want != "" {
			d.fail(f.key, "%s", want)
		}
	case deviceTable.has(key):
		d.fail(string(key), "it before the first %s", publicKeyKey)
	case peerTable.has(key):
		d.fail(string(key), "it after a %s", publicKeyKey)
	}
}
