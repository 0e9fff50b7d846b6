package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// appendEvent appends an event as a line of text: the time, the kind, the device,
// the peer with its name, unless that is "", and details.
func appendEvent(b []byte, e wgtypes.Event, name string) []byte {
	b = e.Time.Local().AppendFormat(b, time.RFC3339)
	b = append(append(b, ' '), e.Kind.String()...)
	switch {
	case e.Device.Name != "":
		b = append(append(b, ' '), termtext.Clean(e.Device.Name)...)
	case e.Device.Kind != wgtypes.KindUnknown:
		b = fmt.Appendf(b, " (%s devices)", e.Device.Kind)
	}
	if p := e.Peer(); p != nil {
		b = append(append(b, ' '), p.PublicKey.String()...)
		if name != "" {
			b = append(append(append(b, " ("...), termtext.Clean(name)...), ')')
		}
	}
	if text := details(e); text != "" {
		b = append(append(b, ' '), termtext.Clean(text)...)
	}
	return b
}

// details returns the text of an event that follows the device and the peer.
func details(e wgtypes.Event) string {
	switch e.Kind {
	case wgtypes.EventDeviceAdded, wgtypes.EventDeviceRemoved:
		return deviceDetails(e)
	case wgtypes.EventPeerAdded:
		return peerDetails(e.NewPeer)
	case wgtypes.EventHandshake:
		return handshakeDetails(e.OldPeer.LastHandshake, e.NewPeer.LastHandshake)
	case wgtypes.EventDisconnected:
		return lastHandshake(e)
	case wgtypes.EventUnanswered:
		return unansweredDetails(e)
	case wgtypes.EventConnected:
		return connectedDetails(e.NewPeer)
	case wgtypes.EventTransfer:
		return fmt.Sprintf("received %d B, sent %d B", e.NewPeer.ReceiveBytes-e.OldPeer.ReceiveBytes, e.NewPeer.TransmitBytes-e.OldPeer.TransmitBytes)
	case wgtypes.EventUnreadable:
		return reason(e.Err)
	}
	var parts []string
	for _, f := range e.Changed {
		parts = append(parts, changeDetails(f, e))
	}
	return strings.Join(parts, ", ")
}

// reason returns the text of an error on one line, without the device's name.
func reason(err error) string {
	var op *wgctrl.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

func deviceDetails(e wgtypes.Event) string {
	text := e.Device.Kind.String()
	if d := e.NewDevice; d != nil && d.Amnezia != nil {
		text += ", amneziawg " + d.Amnezia.Version.String()
	}
	if d := e.NewDevice; d != nil && !d.PublicKey.IsZero() {
		text += fmt.Sprintf(", public key %s, port %d", d.PublicKey, d.ListenPort)
	}
	return text
}

func peerDetails(p *wgtypes.Peer) string {
	parts := []string{"allowed ips " + prefixList(p.AllowedIPs)}
	if p.Endpoint.IsValid() {
		parts = append([]string{"endpoint " + p.Endpoint.String()}, parts...)
	}
	return strings.Join(parts, ", ")
}

func connectedDetails(p *wgtypes.Peer) string {
	if !p.Endpoint.IsValid() {
		return ""
	}
	return "endpoint " + p.Endpoint.String()
}

// lastHandshake returns the age of the last handshake of the peer of an event.
func lastHandshake(e wgtypes.Event) string {
	return "last handshake " + e.Time.Sub(e.NewPeer.LastHandshake).Round(time.Second).String() + " ago"
}

func unansweredDetails(e wgtypes.Event) string {
	text := "no handshake yet"
	if !e.NewPeer.LastHandshake.IsZero() {
		text = lastHandshake(e)
	}
	return "endpoint " + e.NewPeer.Endpoint.String() + ", " + text
}

func handshakeDetails(before, now time.Time) string {
	if before.IsZero() {
		return "the first"
	}
	return now.Sub(before).Round(time.Second).String() + " after the last"
}

// changeDetails returns the old and the new value of a field, or "(hidden)" for
// secrets.
func changeDetails(f wgtypes.Field, e wgtypes.Event) string {
	switch {
	case f == wgtypes.FieldPrivateKey || f == wgtypes.FieldPresharedKey:
		return string(f) + " (hidden)"
	case f == wgtypes.FieldAmnezia:
		return amneziaDetails(e.OldDevice.Amnezia, e.NewDevice.Amnezia)
	}
	if e.Peer() != nil {
		return fmt.Sprintf("%s %s -> %s", f, peerValue(f, e.OldPeer), peerValue(f, e.NewPeer))
	}
	return fmt.Sprintf("%s %s -> %s", f, deviceValue(f, e.OldDevice), deviceValue(f, e.NewDevice))
}

// amneziaDetails returns the old and the new values of the parameters of AmneziaWG that
// differ. Either device may be one of WireGuard. Events lack the header protection key,
// so that a change of only the key has no values.
func amneziaDetails(before, after *wgtypes.Amnezia) string {
	if before == nil || after == nil {
		return fmt.Sprintf("amneziawg %s -> %s", amneziaVersion(before), amneziaVersion(after))
	}
	var parts []string
	if before.Version != after.Version {
		parts = append(parts, fmt.Sprintf("amneziawg %s -> %s", before.Version, after.Version))
	}
	for _, p := range wgtypes.AmneziaParameters() {
		if !p.Equal(before, after) {
			parts = append(parts, fmt.Sprintf("%s %s -> %s", p.Name(), awgparam.AppendValue(nil, p, before), awgparam.AppendValue(nil, p, after)))
		}
	}
	if len(parts) == 0 {
		return string(headerProtectionKey) + " (hidden)"
	}
	return strings.Join(parts, ", ")
}

// amneziaVersion returns the version of AmneziaWG that a device has, or "(none)".
func amneziaVersion(a *wgtypes.Amnezia) string {
	if a == nil {
		return "(none)"
	}
	return a.Version.String()
}

func deviceValue(f wgtypes.Field, d *wgtypes.Device) string {
	switch f {
	case wgtypes.FieldName:
		return d.Name
	case wgtypes.FieldPublicKey:
		return publicKey(d)
	case wgtypes.FieldListenPort:
		return strconv.Itoa(int(d.ListenPort))
	case wgtypes.FieldFirewallMark:
		return fmt.Sprintf("0x%x", d.FirewallMark)
	}
	return "?"
}

func peerValue(f wgtypes.Field, p *wgtypes.Peer) string {
	switch f {
	case wgtypes.FieldEndpoint:
		if !p.Endpoint.IsValid() {
			return "(none)"
		}
		return p.Endpoint.String()
	case wgtypes.FieldPersistentKeepalive:
		return keepalive(p.PersistentKeepalive)
	case wgtypes.FieldPersistentKeepaliveMax:
		return keepalive(p.PersistentKeepaliveMax)
	case wgtypes.FieldAllowedIPs:
		return prefixList(p.AllowedIPs)
	case wgtypes.FieldProtocolVersion:
		return strconv.Itoa(p.ProtocolVersion)
	}
	return "?"
}

// prefixList returns at most eight prefixes and how many more there are.
func prefixList(list []netip.Prefix) string {
	const most = 8
	if len(list) == 0 {
		return "(none)"
	}
	var texts []string
	for _, p := range list[:min(len(list), most)] {
		texts = append(texts, p.String())
	}
	if n := len(list) - most; n > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(texts, " ")
}

func keepalive(d time.Duration) string {
	if d == 0 {
		return "off"
	}
	return fmt.Sprintf("every %d seconds", d/time.Second)
}
