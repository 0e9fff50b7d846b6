package wgconf

import (
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

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
