package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	// silentAfter is the age of the last handshake after which a peer is silent. With
	// traffic, WireGuard shakes hands after rekeyAfter, and 15 seconds later it has
	// tried three times.
	silentAfter = rekeyAfter + rekeyGrace
	rekeyAfter  = 120 * time.Second
	rekeyGrace  = 15 * time.Second
)

// hostPeer is a peer whose host name is looked up.
type hostPeer struct {
	peerID
	name   string // or ""
	host   wgconf.Endpoint
	from   netip.AddrPort // the endpoint of the device
	silent bool
	sent   uint64
	idle   bool // it has sent nothing since the previous round
}

func (p hostPeer) String() string {
	text := termtext.Clean(p.device.Name) + ": peer " + p.key.String()
	if p.name != "" {
		text += " (" + termtext.Clean(p.name) + ")"
	}
	return text
}

// hostPeers returns the peers that have a host name in a file.
func (r *reresolver) hostPeers(ctx context.Context, names []string) (peers []hostPeer, errs []error) {
	devices, errs := r.devices(ctx, names)
	for _, d := range devices {
		listed, names, err := readPeers(r.path(refOf(d)))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		peers = append(peers, r.hostPeersOf(d, listed, names)...)
	}
	return peers, errs
}

// readPeers reads the peers of a file and their names.
func readPeers(path string) ([]wgconf.Peer, map[wgtypes.PublicKey]string, error) {
	file, err := readConf(nil, path)
	if err != nil {
		return nil, nil, err
	}
	settings, err := file.Settings(wgconf.DialectAWGQuick)
	if err := ignoreQuick(io.Discard, err); err != nil {
		return nil, nil, err
	}
	return settings.Peers, file.PeerNames(), nil
}

// refOf returns the reference to a device.
func refOf(d *wgtypes.Device) wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}
}

// hostPeersOf returns the peers of a device that have a host name in the file.
func (r *reresolver) hostPeersOf(d *wgtypes.Device, listed []wgconf.Peer, names map[wgtypes.PublicKey]string) (peers []hostPeer) {
	hosts := make(map[wgtypes.PublicKey]wgconf.Endpoint)
	for i := range listed {
		if p := &listed[i]; p.Endpoint != (wgconf.Endpoint{}) {
			hosts[p.PublicKey] = p.Endpoint // of several sections of a peer, the last one counts
		}
	}
	for i := range d.Peers {
		p := &d.Peers[i]
		host, ok := hosts[p.PublicKey]
		if _, numeric := host.AddrPort(); numeric || !ok {
			continue
		}
		id := peerID{refOf(d), p.PublicKey}
		peers = append(peers, hostPeer{
			peerID: id, name: names[p.PublicKey], host: host, from: p.Endpoint,
			silent: isSilent(d, p, r.now()), idle: r.isIdle(id, p), sent: p.TransmitBytes,
		})
	}
	return peers
}

// isIdle reports whether a peer has sent nothing since the previous round, not even a
// handshake: it may be silent because it has nothing to send. A single round cannot tell,
// and the first one of several waits for the next.
func (r *reresolver) isIdle(id peerID, p *wgtypes.Peer) bool {
	can, err := r.client.Capabilities(id.device.Kind)
	if !r.watch || p.PersistentKeepalive > 0 || err != nil || !can.PersistentKeepalive { // NetBSD reports neither keepalives nor bytes
		return false
	}
	before, known := r.sent[id]
	return !known || before == p.TransmitBytes
}

// isSilent reports whether the last handshake of a peer is so old that its endpoint may
// be wrong. AmneziaWG can have another interval of handshakes.
func isSilent(d *wgtypes.Device, p *wgtypes.Peer, now time.Time) bool {
	after := silentAfter
	if d.Amnezia != nil {
		after = max(after, time.Duration(d.Amnezia.RekeyAfterTime.Hi)*time.Second+rekeyGrace)
	}
	return p.LastHandshake.IsZero() || now.Sub(p.LastHandshake).Abs() > after
}

// devices reads the named devices or, without names, all devices that have a file.
func (r *reresolver) devices(ctx context.Context, names []string) (devices []*wgtypes.Device, errs []error) {
	add := func(d *wgtypes.Device, err error) {
		if err != nil {
			errs = append(errs, err)
		} else {
			devices = append(devices, d)
		}
	}
	for i, name := range names {
		if !slices.Contains(names[:i], name) {
			add(r.client.Device(ctx, name))
		}
	}
	if len(names) > 0 {
		return devices, errs
	}
	refs, err := r.client.List(ctx)
	if err != nil {
		errs = append(errs, err)
	}
	for _, ref := range refs {
		if _, err := os.Stat(r.path(ref)); !errors.Is(err, fs.ErrNotExist) {
			add(r.client.Only(ref).Device(ctx, ref.Name))
		}
	}
	return devices, errs
}
