package wgprom

import (
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Names are names of peers.
type Names map[wgtypes.PublicKey]string

// Of returns a peer's name, "" if it has none. It is for Options.PeerName; the
// map must not change any more then.
func (n Names) Of(key wgtypes.PublicKey) string { return n[key] }

// ParseNames returns the names that a configuration file has for its peers: see
// [wgconf.File.PeerNames].
func ParseNames(f *wgconf.File) Names { return f.PeerNames() }
