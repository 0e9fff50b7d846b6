package wgconf

import (
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Settings are the values of a file.
type Settings struct {
	// Interface has the values of all [Interface] sections.
	Interface Interface
	// Peers are the [Peer] sections in order. Several may have the same PublicKey.
	Peers []Peer
}

// Interface has the values of the [Interface] sections. Pointers are nil and lists
// are empty for keys that are not set.
type Interface struct {
	// PrivateKey is the zero key if the file clears it.
	PrivateKey *wgtypes.PrivateKey
	// ListenPort is 0 for a port that the system chooses.
	ListenPort *uint16
	// FwMark is the firewall mark, 0 for off.
	FwMark *uint32

	// Amnezia has the parameters of AmneziaWG. It is nil if none is set.
	Amnezia *wgtypes.AmneziaConfig

	// The other fields are keys of wg-quick(8).

	// Addresses are the addresses of the interface, with host bits. The length
	// defaults to that of the address.
	Addresses []netip.Prefix
	// DNS has the servers and Search the domains of the key DNS.
	DNS    []netip.Addr
	Search []string
	// MTU is in bytes. If it is 0, wg-quick chooses one.
	MTU int
	// Table is "off", "auto", or the number or name of a routing table. "" means
	// auto.
	Table string
	// SaveConfig makes wg-quick overwrite the file when it removes the interface.
	SaveConfig bool
	// The hooks are shell commands. %i stands for the name of the interface.
	PreUp, PostUp, PreDown, PostDown []string
}

// Peer has the values of one [Peer] section.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey wgtypes.PublicKey
	// PresharedKey is nil if it is not set, and the zero key if the file clears it.
	PresharedKey *wgtypes.PresharedKey
	// AllowedIPs has the elements of all lists of the section. They replace the
	// peer's list, unless Incremental is set. The capacity is the length.
	AllowedIPs []AllowedIP
	// Incremental reports that AllowedIPs are added to the peer's list and removed
	// from it in order. The last list of the section decides: Incremental is set if
	// an element of that list has a sign.
	Incremental bool
	// Endpoint is the zero Endpoint if it is not set.
	Endpoint Endpoint
	// PersistentKeepalive is nil if it is not set, and otherwise 0 (off) to 65535
	// whole seconds.
	PersistentKeepalive *time.Duration
	// PersistentKeepaliveMax is the upper end of a range of AmneziaWG, whose lower end
	// is PersistentKeepalive. It is 0 without a range.
	PersistentKeepaliveMax time.Duration
}

// Settings returns the values of the file in the dialect d.
//
// The error joins a *Problem for each line with an error, in the order in which
// wg(8) finds them: by line, and then the peers without a PublicKey. So errors.As
// returns the error at which wg(8) stops. The Settings have the values of the
// other lines.
//
// Some files have fewer errors than lines with errors. A file in another format has
// one, of kind [ErrOtherFormat]. Parameters of AmneziaWG that contradict each other have
// errors after those of the lines. A value that continues on the next lines, such as a
// hook that ends with a backslash, has one of kind [ErrUnrecognized]; all such hooks
// share it. After 1000 errors comes one of kind [ErrTooMany]. A file of more than
// [MaxSize] bytes or with more than 1048576 peers is not read: its error is of kind
// [ErrTooLarge].
func (f *File) Settings(d Dialect) (*Settings, error) {
	s, problems := f.read(d)
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return s, errors.Join(errs...)
}

// Log values omit what is not set, count lists, and hide keys, which slog's JSON
// handler would marshal. They count hooks, because hooks may contain secrets.

// LogValue returns the Interface of s with its keys hidden, and the number of peers.
func (s Settings) LogValue() slog.Value {
	return slog.GroupValue(append(s.Interface.attrs(), slog.Int("peers", len(s.Peers)))...)
}

// LogValue returns i with its keys hidden and its lists counted.
func (i Interface) LogValue() slog.Value { return slog.GroupValue(i.attrs()...) }

func (i *Interface) attrs() []slog.Attr {
	var attrs []slog.Attr
	if i.PrivateKey != nil {
		attrs = append(attrs, slog.String("private_key", i.PrivateKey.String()))
	}
	if i.ListenPort != nil {
		attrs = append(attrs, slog.Int("listen_port", int(*i.ListenPort)))
	}
	if i.FwMark != nil {
		attrs = append(attrs, slog.Uint64("fwmark", uint64(*i.FwMark)))
	}
	if i.Amnezia != nil {
		attrs = append(attrs, slog.String("amnezia", i.Amnezia.String()))
	}
	count := func(name string, n int) {
		if n > 0 {
			attrs = append(attrs, slog.Int(name, n))
		}
	}
	count("addresses", len(i.Addresses))
	count("dns", len(i.DNS))
	count("search", len(i.Search))
	count("mtu", i.MTU)
	if i.Table != "" {
		attrs = append(attrs, slog.String("table", i.Table))
	}
	if i.SaveConfig {
		attrs = append(attrs, slog.Bool("save_config", true))
	}
	count("pre_up", len(i.PreUp))
	count("post_up", len(i.PostUp))
	count("pre_down", len(i.PreDown))
	count("post_down", len(i.PostDown))
	return attrs
}

// LogValue returns p with its preshared key hidden and its list counted.
func (p Peer) LogValue() slog.Value {
	var attrs []slog.Attr
	if p.PublicKey != (wgtypes.PublicKey{}) {
		attrs = append(attrs, slog.String("public_key", p.PublicKey.String()))
	}
	if p.PresharedKey != nil {
		attrs = append(attrs, slog.String("preshared_key", p.PresharedKey.String()))
	}
	if p.Endpoint != (Endpoint{}) {
		attrs = append(attrs, slog.String("endpoint", p.Endpoint.String()))
	}
	if p.PersistentKeepalive != nil {
		attrs = append(attrs, slog.Duration("persistent_keepalive", *p.PersistentKeepalive))
	}
	if p.PersistentKeepaliveMax != 0 {
		attrs = append(attrs, slog.Duration("persistent_keepalive_max", p.PersistentKeepaliveMax))
	}
	attrs = append(attrs, slog.Int("allowed_ips", len(p.AllowedIPs)))
	if p.Incremental {
		attrs = append(attrs, slog.Bool("incremental", true))
	}
	return slog.GroupValue(attrs...)
}
