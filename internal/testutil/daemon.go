package testutil

import (
	"bytes"
	"fmt"
	"strings"
	"time"

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
)

// A Daemon imitates a userspace daemon: it executes the requests of the text
// protocol on a device in memory. It is not safe for concurrent use.
type Daemon struct {
	// Implementation is the implementation that it imitates.
	Implementation Implementation
	// Device is the state. Reply replaces it and does not modify it. boringtun
	// does not report its private key, so PublicKey says whether it has one.
	Device *wgtypes.Device
	// Faults lists what would have crashed the implementation, or what it does not
	// support, in the requests so far.
	Faults []string
}

// GetRequest is the request for the state.
const GetRequest = "get=1\n\n"

// Reply executes a request, which ends with an empty line, and returns the reply.
// It returns nil if the daemon closes the connection instead.
func (d *Daemon) Reply(request string) []byte {
	switch {
	case request == GetRequest:
		return d.get()
	case strings.HasPrefix(request, "set=1\n"):
		return d.set(request)
	case d.Implementation == Boringtun:
		return d.Errno(errno.EIO)
	}
	return nil
}

// Errno returns a reply with an errno, whose sign depends on the implementation.
func (d *Daemon) Errno(number uapi.Errno) []byte {
	reply := uapi.AppendErrno(nil, number)
	if d.Implementation == Boringtun || d.Implementation == GotaTun {
		reply = bytes.Replace(reply, []byte("-"), nil, 1)
	}
	return reply
}

// get returns the state. wireguard-go always reports the preshared key, keepalive
// and version of a peer, and the others only the first two, if they are set.
func (d *Daemon) get() []byte {
	shown := *d.Device
	var first string
	switch d.Implementation {
	case Boringtun:
		shown.PrivateKey = wgtypes.PrivateKey{}
		if k := d.Device.PublicKey; !k.IsZero() {
			first = fmt.Sprintf("own_public_key=%x\n", k[:])
		}
	case GotaTun:
		if shown.ListenPort == 0 {
			first = "listen_port=0\n"
		}
	default:
		return uapi.AppendDevice(nil, &shown)
	}
	reply := first + string(uapi.AppendDevice(nil, &shown))
	for _, line := range []string{
		"preshared_key=" + strings.Repeat("0", 64), "persistent_keepalive_interval=0", "protocol_version=1",
	} {
		reply = strings.ReplaceAll(reply, line+"\n", "")
	}
	return []byte(reply)
}

func (d *Daemon) set(request string) []byte {
	change, err := d.parse(request)
	if err != nil && d.Implementation == GotaTun {
		return nil
	}
	if d.Implementation == Boringtun {
		carryOver(change.Peers)
		d.checkBoringtun(change, request)
	}
	if d.Implementation == GotaTun && d.panicsGotaTun(change) {
		d.Faults = append(d.Faults, "a peer before a private key")
		return nil
	}
	d.apply(change)
	if err != nil {
		return d.Errno(errno.EINVAL)
	}
	return d.Errno(0)
}

// parse parses a set request. With an error it returns the change that the
// implementation makes nevertheless.
func (d *Daemon) parse(request string) (wgtypes.Config, error) {
	const removal = "\nallowed_ip=-"
	before, _, removes := strings.Cut(request, removal)
	switch d.Implementation {
	case OldWireguardGo:
		if removes {
			change, _ := uapi.ParseSet(strings.NewReader(before + "\n\n"))
			return change, fmt.Errorf("want no %q", removal)
		}
	case GotaTun:
		if removes {
			return wgtypes.Config{}, fmt.Errorf("want no %q", removal)
		}
		request = strings.Replace(request, "set=1\nprotocol_version=1\n", "set=1\n", 1)
	}
	return uapi.ParseSet(strings.NewReader(request))
}

func (d *Daemon) apply(change wgtypes.Config) {
	before := wginternal.PeersByKey(d.Device)
	d.Device = wginternal.Apply(d.Device, change)
	if d.Implementation != GotaTun {
		return
	}
	after := wginternal.PeersByKey(d.Device)
	for i := range change.Peers {
		k := change.Peers[i].PublicKey
		if p := after[k]; p != nil && before[k] != nil {
			p.LastHandshake, p.ReceiveBytes, p.TransmitBytes = time.Time{}, 0, 0
		}
	}
}

// carryOver gives each peer what boringtun carries over from the previous one.
func carryOver(peers []wgtypes.PeerConfig) {
	for i := range peers[min(1, len(peers)):] {
		from, to := &peers[i], &peers[i+1]
		to.Remove = to.Remove || from.Remove
		if to.PresharedKey == nil {
			to.PresharedKey = from.PresharedKey
		}
		if !to.Endpoint.IsValid() {
			to.Endpoint = from.Endpoint
		}
		if to.PersistentKeepalive == nil {
			to.PersistentKeepalive = from.PersistentKeepalive
		}
	}
}

// checkBoringtun adds to Faults what would crash boringtun and what it lacks.
func (d *Daemon) checkBoringtun(change wgtypes.Config, request string) {
	for _, lacking := range []string{"update_only", "replace_allowed_ips", "allowed_ip=-"} {
		if strings.Contains(request, lacking) {
			d.Faults = append(d.Faults, "it has no "+lacking)
		}
	}
	exists := make(map[wgtypes.PublicKey]bool)
	if !change.ReplacePeers {
		for _, p := range d.Device.Peers {
			exists[p.PublicKey] = true
		}
	}
	for _, p := range change.Peers {
		switch {
		case p.Remove:
			continue // like all later peers
		case !d.hasKey(change):
			d.Faults = append(d.Faults, "a peer before a private key")
		case exists[p.PublicKey]:
			d.Faults = append(d.Faults, "an existing peer")
		}
		exists[p.PublicKey] = true
	}
}

// hasKey reports whether the device has a private key, or gets one by change.
func (d *Daemon) hasKey(change wgtypes.Config) bool {
	return !d.Device.PublicKey.IsZero() || change.PrivateKey != nil && !change.PrivateKey.IsZero()
}

// panicsGotaTun reports whether change adds a peer to a device without a key.
func (d *Daemon) panicsGotaTun(change wgtypes.Config) bool {
	if d.hasKey(change) {
		return false
	}
	exists := wginternal.PeersByKey(d.Device)
	for i := range change.Peers {
		p := &change.Peers[i]
		if !p.Remove && !p.UpdateOnly && exists[p.PublicKey] == nil {
			return true
		}
	}
	return false
}
