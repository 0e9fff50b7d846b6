package testutil

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Implementation is a userspace implementation of WireGuard.
type Implementation int

const (
	// WireguardGo is wireguard-go, which other implementations follow.
	WireguardGo Implementation = iota
	// OldWireguardGo is wireguard-go before May 2025. It fails at a line that
	// removes a single allowed IP, and keeps what it has applied before that line.
	OldWireguardGo
	// Boringtun is Cloudflare's boringtun. It serves one request for each
	// connection, and it carries over remove, endpoint, keepalive and preshared key
	// from one peer of a request to the next. See also [Daemon.Faults].
	Boringtun
	// GotaTun is Mullvad's GotaTun. It closes the connection without a reply if it
	// cannot parse a line, for example one that removes a single allowed IP.
	// Configuring a peer ends its session.
	GotaTun
	// OldGotaTun is GotaTun 0.1. A peer that is configured loses the settings that the
	// request does not repeat, and a zero preshared key crashes it.
	OldGotaTun
)

// A Daemon imitates a userspace daemon: it executes the requests of the text
// protocol on a device in memory. It is not safe for concurrent use.
type Daemon struct {
	// Implementation is the implementation that it imitates.
	Implementation Implementation
	// Device is the state. Reply replaces it and does not modify it. boringtun
	// does not report its private key, so PublicKey says whether it has one.
	Device *wgtypes.Device
	// Faults lists what has crashed the implementation, or what it does not support,
	// in the requests so far.
	Faults []string
	// BusyPorts are the ports that boringtun and GotaTun cannot use.
	BusyPorts map[uint16]bool
	// DAITA has lines that GotaTun reports for a peer.
	DAITA map[wgtypes.PublicKey][]string

	dead    bool // it has crashed
	zeroKey bool // its private key is zero, which is a key here
	marked  bool // boringtun: a mark was set, perhaps to 0
	sockets *socketState
	routes  map[netip.Prefix]wgtypes.PublicKey
	gets    uint64
}

// GetRequest is the request for the state.
const GetRequest = "get=1\n\n"

// Reply executes a request, which ends with an empty line, and returns the reply.
// It returns nil if the daemon closes the connection instead.
func (d *Daemon) Reply(request string) []byte {
	if d.ownParser() {
		reply, _ := d.next(bufio.NewReader(strings.NewReader(request)))
		return reply
	}
	switch {
	case request == GetRequest:
		return uapi.AppendDevice(nil, d.Device)
	case strings.HasPrefix(request, "set=1\n"):
		return d.set(request)
	}
	return nil
}

// Converse returns what boringtun or GotaTun sends on a connection on which the client
// sends text, and then nothing more.
func (d *Daemon) Converse(text string) string {
	r := bufio.NewReader(strings.NewReader(text))
	var sent strings.Builder
	for {
		reply, more := d.next(r)
		sent.Write(reply)
		if !more {
			return sent.String()
		}
	}
}

// ownParser reports whether the implementation does not parse as wireguard-go does.
func (d *Daemon) ownParser() bool { return d.Implementation >= Boringtun }

// next executes the next request of a connection. more is false if the daemon closes
// the connection afterwards.
func (d *Daemon) next(r *bufio.Reader) (reply []byte, more bool) {
	if d.dead {
		return nil, false
	}
	if d.Implementation == Boringtun {
		return d.nextBoringtun(r), false
	}
	return d.nextGotaTun(r)
}

// Errno returns a reply with an errno, whose sign depends on the implementation.
func (d *Daemon) Errno(number uapi.Errno) []byte {
	reply := uapi.AppendErrno(nil, number)
	if d.ownParser() {
		reply = bytes.Replace(reply, []byte("-"), nil, 1)
	}
	return reply
}

func (d *Daemon) set(request string) []byte {
	change, err := d.parse(request)
	d.Device = wginternal.Apply(d.Device, change)
	if err != nil {
		return d.Errno(errno.EINVAL)
	}
	return d.Errno(0)
}

// parse parses a set request. With an error it returns the change that the
// implementation makes nevertheless.
func (d *Daemon) parse(request string) (wgtypes.Config, error) {
	const removal = "\nallowed_ip=-"
	if before, _, removes := strings.Cut(request, removal); removes && d.Implementation == OldWireguardGo {
		change, _ := uapi.ParseSet(strings.NewReader(before + "\n\n"))
		return change, fmt.Errorf("want no %q", removal)
	}
	change, err := uapi.ParseSet(strings.NewReader(request))
	ranges := wginternal.AnyPeer(change.Peers, func(p *wgtypes.PeerConfig) bool { return p.PersistentKeepaliveMax != 0 })
	if change.Amnezia != nil || ranges {
		return wgtypes.Config{}, errors.New("want no parameter of AmneziaWG")
	}
	return change, err
}

// hasKey reports whether the device has a private key.
func (d *Daemon) hasKey() bool { return d.zeroKey || !d.Device.PublicKey.IsZero() }

// crash records what has crashed the daemon. Afterwards it answers nothing.
func (d *Daemon) crash(why string) {
	d.Faults = append(d.Faults, why)
	d.dead = true
}

// socketState is the port that was set, which has no sockets if it is busy.
type socketState struct{ port uint16 }

// edit replaces the Device by a copy that may be modified.
func (d *Daemon) edit() {
	d.Device = d.Device.Clone()
	if d.sockets == nil {
		d.sockets = &socketState{d.Device.ListenPort}
	}
	if d.routes == nil {
		d.routes = make(map[netip.Prefix]wgtypes.PublicKey)
		for _, p := range d.Device.Peers {
			d.route(&p)
		}
	}
}

// reopen opens the sockets for the port that was set. It reports false, and the device
// has no sockets, if the port is busy.
func (d *Daemon) reopen() bool {
	d.Device.ListenPort = 0
	if d.BusyPorts[d.sockets.port] {
		return false
	}
	d.Device.ListenPort = d.sockets.port
	if d.sockets.port == 0 && d.Implementation != Boringtun {
		const anyPort = 49152
		d.Device.ListenPort = anyPort
	}
	return true
}

// setKey installs a private key. Zero is a key like any other.
func (d *Daemon) setKey(k [wgtypes.KeyLen]byte) (changed bool) {
	key := wgtypes.NewPrivateKey(k)
	public := key.PublicKey()
	changed = !d.hasKey() || d.Device.PublicKey != public
	d.Device.PrivateKey, d.Device.PublicKey, d.zeroKey = key, public, key.IsZero()
	return changed
}

// find returns the peer k, or nil.
func (d *Daemon) find(k wgtypes.PublicKey) *wgtypes.Peer {
	i := slices.IndexFunc(d.Device.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
	if i < 0 {
		return nil
	}
	return &d.Device.Peers[i]
}

// removePeer removes a peer and what is routed to it.
func (d *Daemon) removePeer(k wgtypes.PublicKey) {
	d.unroute(k)
	d.Device.Peers = slices.DeleteFunc(d.Device.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
}

// removePeers removes all peers.
func (d *Daemon) removePeers() {
	clear(d.routes)
	d.Device.Peers = nil
}

// route routes the allowed IPs of p to it. Other peers still list them.
func (d *Daemon) route(p *wgtypes.Peer) {
	for _, prefix := range p.AllowedIPs {
		d.routes[prefix] = p.PublicKey
	}
}

func (d *Daemon) unroute(k wgtypes.PublicKey) {
	maps.DeleteFunc(d.routes, func(_ netip.Prefix, owner wgtypes.PublicKey) bool { return owner == k })
}

// Unrouted returns the allowed IPs that a peer lists and that are not routed to it.
// They exist only in boringtun and GotaTun.
func (d *Daemon) Unrouted() (list []netip.Prefix) {
	for _, p := range d.Device.Peers {
		for _, prefix := range p.AllowedIPs {
			if owner, ok := d.routes[prefix]; d.routes != nil && (!ok || owner != p.PublicKey) {
				list = append(list, prefix)
			}
		}
	}
	return list
}
