package wgconf

import (
	"encoding"
	"slices"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// key is a key of a file, with both directions of its value, so that they are
// read together.
type key struct {
	name    string // in its usual spelling
	section section
	form    form
	quick   bool // it is wg-quick(8)'s, and unknown to wg(8)
	// parse reads a value, trimmed, into o. Of wg(8)'s keys it is not empty.
	parse func(o *object, value string) error
	// append appends the key's lines: none, one or, for a list, several. It is nil
	// for keys of [Peer].
	append func(b []byte, name string, o object) []byte
}

// object is what is read, or written: the [Interface], and one [Peer].
type object struct {
	*Interface
	*Peer
}

// form says what a value is made up of.
type form uint8

const (
	scalar form = iota // the last line counts
	list               // elements and commas; lines add up
	words              // elements, and commas or blanks; lines add up
	hook               // a shell command, # included; lines add up
)

// section is where a line stands.
type section uint8

const (
	noSection section = iota // before the first header, or behind one that nobody knows
	interfaceSection
	peerSection
)

// The headers of the sections, in their usual spelling.
const (
	interfaceHeader = "[Interface]"
	peerHeader      = "[Peer]"
)

// header returns "[Interface]", "[Peer]" or "".
func (s section) header() string {
	switch s {
	case interfaceSection:
		return interfaceHeader
	case peerSection:
		return peerHeader
	}
	return ""
}

// String returns "Interface", "Peer" or "".
func (s section) String() string {
	h := s.header()
	return h[min(1, len(h)):max(0, len(h)-1)]
}

// keys returns those that wg(8) knows in a section.
func (s section) keys() []key {
	switch s {
	case interfaceSection:
		return interfaceKeys
	case peerSection:
		return peerKeys
	}
	return nil
}

var allKeys = slices.Concat(quickKeys, interfaceKeys, peerKeys)

// find returns the key of a name in any case, nil if there is none.
func find(keys []key, name string) *key {
	for i := range keys {
		if equalFold(keys[i].name, name) {
			return &keys[i]
		}
	}
	return nil
}

// appendLine adds a line. A text may be any: what cannot stand in a line becomes
// a '?', so that it is never more than one.
func appendLine(b []byte, name, value string) []byte {
	b = append(append(b, name...), " ="...)
	if value != "" {
		b = append(b, ' ')
	}
	start := len(b)
	b = append(b, value...)
	for i := start; i < len(b); i++ {
		if b[i] == '\n' || b[i] == 0 {
			b[i] = '?'
		}
	}
	return append(b, '\n')
}

// appendKey adds a line with a WireGuard key, if there is one. It leaves no copy
// of it elsewhere.
func appendKey[K encoding.TextAppender](b []byte, name string, k *K) []byte {
	if k == nil {
		return b
	}
	b, _ = (*k).AppendText(append(append(b, name...), " = "...))
	return append(b, '\n')
}

// interfaceKeys are those of wg(8) in [Interface], in the order of its showconf.
var interfaceKeys = []key{
	{
		name: "ListenPort", section: interfaceSection,
		parse: func(o *object, value string) error {
			return set(&o.ListenPort, ParseListenPort, value)
		},
		append: func(b []byte, name string, o object) []byte {
			if o.ListenPort == nil {
				return b
			}
			return appendLine(b, name, strconv.Itoa(int(*o.ListenPort)))
		},
	},
	{
		name: "FwMark", section: interfaceSection,
		parse: func(o *object, value string) error {
			return set(&o.FwMark, ParseFwMark, value)
		},
		append: func(b []byte, name string, o object) []byte {
			switch {
			case o.FwMark == nil:
				return b
			case *o.FwMark == 0:
				return appendLine(b, name, "off")
			}
			return appendLine(b, name, "0x"+strconv.FormatUint(uint64(*o.FwMark), 16))
		},
	},
	{
		name: "PrivateKey", section: interfaceSection,
		parse: func(o *object, value string) error {
			return keyError("PrivateKey", set(&o.PrivateKey, wgtypes.ParsePrivateKey, value))
		},
		append: func(b []byte, name string, o object) []byte {
			return appendKey(b, name, o.PrivateKey)
		},
	},
}

// set parses a value of wg(8), in which white space does not count, into a new
// *p. On error p stays.
func set[V any](p **V, parse func(string) (V, error), value string) error {
	v, err := parse(squeeze(value))
	if err == nil {
		*p = &v
	}
	return err
}

// keyError makes an error of package wgtypes one of the key's.
func keyError(name string, err error) error {
	if err == nil {
		return nil
	}
	return invalidValue(name, "", "%s", strings.TrimPrefix(err.Error(), "wgtypes: "))
}

// peerKeys are those of [Peer]. peerText writes them.
var peerKeys = []key{
	{
		name: "PublicKey", section: peerSection,
		parse: func(o *object, value string) error {
			k, err := wgtypes.ParsePublicKey(squeeze(value))
			if err == nil {
				o.PublicKey = k
			}
			return keyError("PublicKey", err)
		},
	},
	{
		name: "PresharedKey", section: peerSection,
		parse: func(o *object, value string) error {
			return keyError("PresharedKey", set(&o.PresharedKey, wgtypes.ParsePresharedKey, value))
		},
	},
	{
		name: "AllowedIPs", section: peerSection, form: list,
		parse: func(o *object, value string) error {
			all, incremental, err := appendAllowedIPs(o.AllowedIPs, value)
			if err == nil {
				// The section's last list decides for all of them.
				o.AllowedIPs, o.Incremental = all, incremental
			}
			return err
		},
	},
	{
		name: "Endpoint", section: peerSection,
		parse: func(o *object, value string) error {
			e, err := ParseEndpoint(squeeze(value))
			if err == nil {
				o.Endpoint = e
			}
			return err
		},
	},
	{
		name: "PersistentKeepalive", section: peerSection,
		parse: func(o *object, value string) error {
			return set(&o.PersistentKeepalive, ParsePersistentKeepalive, value)
		},
	},
}
