package wgconf

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Settings are what a file says.
type Settings struct {
	// Interface is what all [Interface] sections say together.
	Interface Interface
	// Peers are the [Peer] sections, in order. One key may occur twice.
	Peers []Peer
}

// Interface is what the sections of that name say. Pointers are nil and lists
// empty where they say nothing.
type Interface struct {
	// PrivateKey is zero where the file clears it.
	PrivateKey *wgtypes.PrivateKey
	// ListenPort is 0 for a port of the system's choice.
	ListenPort *uint16
	// FwMark is 0 for off.
	FwMark *uint32

	// The rest is wg-quick's. See wg-quick(8).

	// Addresses are those of the interface, with their host bits. One without
	// a length has the full one.
	Addresses []netip.Prefix
	// DNS are the servers that DNS names, and Search the domains.
	DNS    []netip.Addr
	Search []string
	// MTU is 0 for wg-quick's choice.
	MTU int
	// Table is "off", "auto", a number or a name, and "" where it is not given,
	// which means auto.
	Table string
	// SaveConfig makes wg-quick write the file anew when the interface goes.
	SaveConfig bool
	// The hooks are shell commands, in which %i stands for the interface.
	PreUp, PostUp, PreDown, PostDown []string
}

// Peer is what one section of that name says.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey wgtypes.PublicKey
	// PresharedKey is nil where the section has none, zero where it clears it.
	PresharedKey *wgtypes.PresharedKey
	// AllowedIPs are what the section's lists say together. They replace the
	// peer's list, unless Incremental is set. The capacity is the length.
	AllowedIPs []AllowedIP
	// Incremental: AllowedIPs are added to the peer's list and removed from it,
	// in order. A file says so by + and - in the section's last list.
	Incremental bool
	// Endpoint is zero where the section has none.
	Endpoint Endpoint
	// PersistentKeepalive is nil where the section has none, and otherwise in
	// whole seconds, 0 (off) to 65535.
	PersistentKeepalive *time.Duration
}

// Settings returns what the file says to a reader of that dialect.
//
// The error joins a *Problem for each line that is wrong, in the order in which
// wg(8) finds them: by line, and then each peer without a PublicKey. So
// errors.As gives the one at which wg(8) stops. The Settings hold the other
// lines.
func (f *File) Settings(d Dialect) (*Settings, error) {
	s, problems := f.read(d)
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return s, errors.Join(errs...)
}

func (f *File) read(d Dialect) (*Settings, []*Problem) {
	r := reader{scanner: scanner{dialect: d, rest: f.text()}, settings: new(Settings)}
	r.object.Interface = &r.settings.Interface
	for r.next() {
		if r.peers > len(r.settings.Peers) {
			r.startPeer()
		}
		switch r.kind {
		case keyLine:
			r.readKey()
		case unrecognized:
			r.problems = append(r.problems, r.unrecognized())
		}
	}
	r.endPeer()
	problems := append(r.problems, r.keyless...)
	for _, p := range problems {
		p.File = f.name
	}
	return r.settings, problems
}

// reader makes Settings of lines.
type reader struct {
	scanner
	object
	settings *Settings
	problems []*Problem
	keyless  []*Problem // each [Peer] without PublicKey

	peerLine int  // of the current [Peer]
	hasKey   bool // it has a PublicKey, though that may be wrong

	room  []AllowedIP // empty: what is left of an array for lists
	chunk int         // the size of the next such array, at least
}

func (r *reader) readKey() {
	r.hasKey = r.hasKey || r.key.name == "PublicKey"
	if r.key.form == list {
		r.reserve(strings.Count(r.value, ",") + 1)
	}
	if p, ok := errors.AsType[*Problem](r.key.parse(&r.object, r.value)); ok {
		p.Line, p.Section = r.number, r.section.String()
		r.problems = append(r.problems, p)
	}
}

func (r *reader) startPeer() {
	r.endPeer()
	r.settings.Peers = append(r.settings.Peers, Peer{})
	r.object.Peer = &r.settings.Peers[len(r.settings.Peers)-1]
	r.AllowedIPs = r.room
	r.peerLine, r.hasKey = r.number, false
}

func (r *reader) endPeer() {
	if r.object.Peer == nil {
		return
	}
	r.room = r.AllowedIPs[len(r.AllowedIPs):]
	if r.AllowedIPs = slices.Clip(r.AllowedIPs); len(r.AllowedIPs) == 0 {
		r.AllowedIPs = nil
	}
	if !r.hasKey {
		r.keyless = append(r.keyless, &Problem{Line: r.peerLine, Section: peerSection.String(), Err: ErrNoPublicKey})
	}
}

// reserve makes room for n more AllowedIPs of the current [Peer]. The lists of
// many peers lie in few arrays.
func (r *reader) reserve(n int) {
	const minChunk, maxChunk = 8, 1 << 13
	old := r.AllowedIPs
	if cap(old)-len(old) >= n {
		return
	}
	r.chunk = min(max(2*r.chunk, minChunk), maxChunk)
	r.AllowedIPs = append(make([]AllowedIP, 0, len(old)+max(n, len(old), r.chunk)), old...)
}

// The log forms leave out what is not said, count lists, and hide keys, which
// slog's JSON handler would marshal. Hooks may hold secrets too.

// LogValue returns the Interface of s, with its keys hidden, and its peers
// counted.
func (s Settings) LogValue() slog.Value {
	return slog.GroupValue(append(s.Interface.attrs(), slog.Int("peers", len(s.Peers)))...)
}

// LogValue returns i with its key hidden and its lists counted.
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
	attrs = append(attrs, slog.Int("allowed_ips", len(p.AllowedIPs)))
	if p.Incremental {
		attrs = append(attrs, slog.Bool("incremental", true))
	}
	return slog.GroupValue(attrs...)
}
