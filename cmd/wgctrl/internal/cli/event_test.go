package cli

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestAppendEvent checks the text of each kind of event.
func TestAppendEvent(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.FixedZone("", 5*3600))
	wg0 := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel}
	old := &wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}, ReceiveBytes: 10, TransmitBytes: 20, LastHandshake: at.Add(-200 * time.Second)}
	now := &wgtypes.Peer{
		PublicKey: wgtypes.PublicKey{1}, ReceiveBytes: 15, TransmitBytes: 27, LastHandshake: at.Add(-80 * time.Second), ProtocolVersion: 1,
		Endpoint: netip.MustParseAddrPort("192.0.2.1:7"), PersistentKeepalive: 25 * time.Second, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	}
	device := &wgtypes.Device{Name: "wg0", ListenPort: 7, FirewallMark: 16, PublicKey: wgtypes.PublicKey{2}}
	key, other := wgtypes.PublicKey{1}.String(), wgtypes.PublicKey{2}.String()
	all := []wgtypes.Field{
		wgtypes.FieldEndpoint, wgtypes.FieldPersistentKeepalive, wgtypes.FieldAllowedIPs, wgtypes.FieldProtocolVersion, wgtypes.FieldPresharedKey,
	}
	awg := func(change func(*wgtypes.Amnezia)) *wgtypes.Device {
		a := wgtypes.DefaultAmnezia()
		a.Version = wgtypes.AmneziaV30
		change(&a)
		return &wgtypes.Device{Name: "wg0", Amnezia: &a}
	}
	newAWG := awg(func(*wgtypes.Amnezia) {})
	jc4 := awg(func(a *wgtypes.Amnezia) { a.Jc, a.H1, a.I2 = 4, wgtypes.Range{Lo: 5, Hi: 9}, "<r 1>" })
	v31 := awg(func(a *wgtypes.Amnezia) { a.Version, a.RandomTrailers = wgtypes.AmneziaV31, true })
	ranged := &wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}, PersistentKeepalive: 25 * time.Second, PersistentKeepaliveMax: 30 * time.Second}
	amneziaChanged := func(before, after *wgtypes.Device) wgtypes.Event {
		return wgtypes.Event{Kind: wgtypes.EventDeviceChanged, Device: wg0, OldDevice: before, NewDevice: after, Changed: []wgtypes.Field{wgtypes.FieldAmnezia}}
	}
	for want, e := range map[string]wgtypes.Event{
		"device-added wg0 kernel, amneziawg 3.0":                                        {Kind: wgtypes.EventDeviceAdded, Device: wg0, NewDevice: newAWG},
		"device-changed wg0 jc 0 -> 4, h1 1 -> 5-9, i2 (null) -> <r 1>":                 amneziaChanged(newAWG, jc4),
		"device-changed wg0 amneziawg 3.0 -> 3.1, random_trailers off -> on":            amneziaChanged(newAWG, v31),
		"device-changed wg0 header_protection_key (hidden)":                             amneziaChanged(newAWG, newAWG),
		"device-changed wg0 amneziawg (none) -> 3.0":                                    amneziaChanged(device, newAWG),
		"device-changed wg0 amneziawg 3.0 -> (none)":                                    amneziaChanged(newAWG, device),
		"peer-changed wg0 " + key + " persistent_keepalive_max every 30 seconds -> off": {Kind: wgtypes.EventPeerChanged, Device: wg0, OldPeer: ranged, NewPeer: now, Changed: []wgtypes.Field{wgtypes.FieldPersistentKeepaliveMax}},
		"ready": {Kind: wgtypes.EventReady},
		"device-added wg0 kernel, public key " + other + ", port 7":                 {Kind: wgtypes.EventDeviceAdded, Device: wg0, NewDevice: device},
		"device-added wg0 kernel":                                                   {Kind: wgtypes.EventDeviceAdded, Device: wg0, NewDevice: new(wgtypes.Device)},
		"device-removed wg0 kernel":                                                 {Kind: wgtypes.EventDeviceRemoved, Device: wg0},
		"peer-added wg0 " + key + " endpoint 192.0.2.1:7, allowed ips 10.0.0.0/8":   {Kind: wgtypes.EventPeerAdded, Device: wg0, NewPeer: now},
		"peer-added wg0 " + key + " allowed ips (none)":                             {Kind: wgtypes.EventPeerAdded, Device: wg0, NewPeer: old},
		"peer-removed wg0 " + key:                                                   {Kind: wgtypes.EventPeerRemoved, Device: wg0, OldPeer: old},
		"handshake wg0 " + key + " 2m0s after the last":                             {Kind: wgtypes.EventHandshake, Device: wg0, OldPeer: old, NewPeer: now},
		"handshake wg0 " + key + " the first":                                       {Kind: wgtypes.EventHandshake, Device: wg0, OldPeer: &wgtypes.Peer{}, NewPeer: now},
		"connected wg0 " + key + " endpoint 192.0.2.1:7":                            {Kind: wgtypes.EventConnected, Device: wg0, NewPeer: now},
		"connected wg0 " + key:                                                      {Kind: wgtypes.EventConnected, Device: wg0, NewPeer: old},
		"disconnected wg0 " + key + " last handshake 3m20s ago":                     {Kind: wgtypes.EventDisconnected, Device: wg0, NewPeer: old},
		"unanswered wg0 " + key + " endpoint 192.0.2.1:7, last handshake 1m20s ago": {Kind: wgtypes.EventUnanswered, Device: wg0, NewPeer: now},
		"unanswered wg0 " + key + " endpoint 192.0.2.1:7, no handshake yet":         {Kind: wgtypes.EventUnanswered, Device: wg0, NewPeer: &wgtypes.Peer{PublicKey: wgtypes.PublicKey{1}, Endpoint: now.Endpoint}},
		"transfer wg0 " + key + " received 5 B, sent 7 B":                           {Kind: wgtypes.EventTransfer, Device: wg0, OldPeer: old, NewPeer: now},
		"unreadable wg0 a; b":                                                       {Kind: wgtypes.EventUnreadable, Device: wg0, Err: &wgctrl.OpError{Op: "read", Device: "wg0", Err: errors.New("a\nb")}},
		"unreadable wg0 wgctrl: read: <nil>":                                        {Kind: wgtypes.EventUnreadable, Device: wg0, Err: &wgctrl.OpError{Op: "read"}},
		"unreadable (kernel devices) a?":                                            {Kind: wgtypes.EventUnreadable, Device: wgtypes.DeviceRef{Kind: wgtypes.KindKernel}, Err: errors.New("a\x1b")},
		"readable w?0":                                                              {Kind: wgtypes.EventReadable, Device: wgtypes.DeviceRef{Name: "w\x1b0"}},
		"device-changed wg0 listen_port 0 -> 7, firewall_mark 0x0 -> 0x10":          {Kind: wgtypes.EventDeviceChanged, Device: wg0, OldDevice: new(wgtypes.Device), NewDevice: device, Changed: []wgtypes.Field{wgtypes.FieldListenPort, wgtypes.FieldFirewallMark}},
		"device-changed wg0 private_key (hidden), public_key (none) -> " + other:    {Kind: wgtypes.EventDeviceChanged, Device: wg0, OldDevice: new(wgtypes.Device), NewDevice: device, Changed: []wgtypes.Field{wgtypes.FieldPrivateKey, wgtypes.FieldPublicKey}},
		"device-renamed wg0 name  -> wg0":                                           {Kind: wgtypes.EventDeviceRenamed, Device: wg0, OldDevice: new(wgtypes.Device), NewDevice: device, Changed: []wgtypes.Field{wgtypes.FieldName}},
		"peer-changed wg0 " + key + " endpoint (none) -> 192.0.2.1:7, persistent_keepalive off -> every 25 seconds, allowed_ips (none) -> 10.0.0.0/8, protocol_version 0 -> 1, preshared_key (hidden)": {Kind: wgtypes.EventPeerChanged, Device: wg0, OldPeer: old, NewPeer: now, Changed: all},
	} {
		e.Time = at
		line := string(appendEvent(nil, e, ""))
		if want = at.Local().Format(time.RFC3339) + " " + want; line != want {
			t.Errorf("appendEvent(%v) = %q, want %q", e.Kind, line, want)
		}
	}
}

// TestPrefixList checks that a list of nine prefixes is cut.
func TestPrefixList(t *testing.T) {
	t.Parallel()
	list := make([]netip.Prefix, 10)
	for i := range list {
		list[i] = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)
	}
	for n, suffix := range map[int]string{1: "10.0.0.0/32", 8: " 10.0.0.7/32", 9: " 10.0.0.7/32 and 1 more", 10: " 10.0.0.7/32 and 2 more"} {
		if got := prefixList(list[:n]); !strings.HasSuffix(got, suffix) {
			t.Errorf("prefixList of %d prefixes = %q, want suffix %q", n, got, suffix)
		}
	}
}
