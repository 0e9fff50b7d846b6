package wgconf

import (
	"encoding"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// key is a key of a file: how its value is parsed and written.
type key struct {
	name    string // in its usual spelling
	section section
	form    form
	quick   bool // it is a key of wg-quick(8), which wg(8) does not know
	amnezia bool // it is a parameter of AmneziaWG
	// mayBeEmpty accepts a line without a value. wg(8) and awg(8) accept none.
	mayBeEmpty bool
	// ignored is why the key sets nothing. It is "" for other keys.
	ignored string
	// parse parses a trimmed value into o. Values of wg(8)'s keys are not empty unless
	// mayBeEmpty is set.
	parse func(o *object, value string) error
	// append appends the key's lines: none, one or, for a list, several. It is nil
	// for keys of [Peer].
	append func(b []byte, name string, o object) []byte
}

// object is what a key is parsed into or written from: the [Interface], and one
// [Peer].
type object struct {
	*Interface
	*Peer
}

// form is the form of a value.
type form uint8

const (
	scalar form = iota // the last line overrides the others
	list               // elements and commas; lines add up
	words              // elements, and commas or blanks; lines add up
	hook               // a shell command, # included; lines add up
	packet             // a text whose white space counts; the last line overrides the others
)

// section is the section of a line.
type section uint8

const (
	noSection section = iota // before the first header, or after an unknown one
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

// keys returns the keys that wg(8), or in the dialects of AmneziaWG awg(8), knows in a
// section.
func (s section) keys(d Dialect) []key {
	switch {
	case s == interfaceSection && d.isAmnezia():
		return awgInterfaceKeys()
	case s == interfaceSection:
		return interfaceKeys
	case s == peerSection && d.isAmnezia():
		return awgPeerKeys()
	case s == peerSection:
		return peerKeys
	}
	return nil
}

// allKeys returns the keys of wg(8) and wg-quick(8), and awgAllKeys those of awg(8) and
// awg-quick(8). The lists are made when they are needed.
var (
	allKeys    = sync.OnceValue(func() []key { return slices.Concat(quickKeys, interfaceKeys, peerKeys) })
	awgAllKeys = sync.OnceValue(func() []key { return slices.Concat(allKeys(), amneziaKeys(), ignoredKeys) })
)

// allKeys returns the keys of all sections.
func (d Dialect) allKeys() []key {
	if d.isAmnezia() {
		return awgAllKeys()
	}
	return allKeys()
}

// find returns the key with a name, ignoring case, or nil.
func find(keys []key, name string) *key {
	for i := range keys {
		if equalFold(keys[i].name, name) {
			return &keys[i]
		}
	}
	return nil
}

// appendLine appends a line. Line feeds and NUL bytes in value become '?', so that
// it is always one line.
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

// appendValue appends a line, unless v is nil. It makes no other copy of a key.
func appendValue[V encoding.TextAppender](b []byte, name string, v *V) []byte {
	if v == nil {
		return b
	}
	b, _ = (*v).AppendText(append(append(b, name...), " = "...))
	return append(b, '\n')
}

// interfaceKeys are the keys of wg(8) in [Interface], in the order of its showconf.
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
			return appendValue(b, name, o.PrivateKey)
		},
	},
}

// set parses a value of wg(8) without its white space into a new *p. On error it
// leaves p unchanged.
func set[V any](p **V, parse func(string) (V, error), value string) error {
	v, err := parseSqueezed(parse, value)
	if err == nil {
		*p = &v
	}
	return err
}

// parseSqueezed parses a trimmed value of wg(8) without its white space. There is rarely
// some, so it is removed only after an error.
func parseSqueezed[V any](parse func(string) (V, error), value string) (V, error) {
	v, err := parse(value)
	if err != nil {
		if squeezed := squeeze(value); squeezed != value {
			return parse(squeezed)
		}
	}
	return v, err
}

// keyError turns an error of package wgtypes into a *Problem.
func keyError(name string, err error) error {
	if err == nil {
		return nil
	}
	return invalidValue(name, "", "%s", strings.TrimPrefix(err.Error(), "wgtypes: "))
}

// peerKeys are the keys of [Peer]. peerText writes them.
var peerKeys = []key{
	{
		name: "PublicKey", section: peerSection,
		parse: func(o *object, value string) error {
			k, err := parseSqueezed(wgtypes.ParsePublicKey, value)
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
			e, err := parseSqueezed(parseFileEndpoint, value)
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
