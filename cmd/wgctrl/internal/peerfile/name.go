package peerfile

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxName is the largest length of a name in bytes that wgconf returns whole.
const maxName = 128

// CheckName returns an error unless a peer can have the name: it must be printable,
// have 1 to 128 bytes, and be read from the comment that Add writes. Names that may
// contain a part of a key are not.
func CheckName(name string) error {
	reason := ""
	switch {
	case name == "":
		reason = "must not be empty"
	case len(name) > maxName:
		return fmt.Errorf("invalid name: has %d bytes, must have at most %d", len(name), maxName)
	case termtext.Clean(name) != name:
		reason = "must not contain control characters, line breaks or other characters that are not printed"
	case strings.TrimFunc(name, unicode.IsSpace) != name:
		reason = "must not begin or end with a space"
	case keytext.Hide(name) != name:
		return fmt.Errorf("invalid name %q: must not look like a part of a key", keytext.Hide(name))
	case readBack(name) != name:
		reason = "would not be read back from the comment that names a peer"
	default:
		return nil
	}
	return fmt.Errorf("invalid name %q: %s", name, reason)
}

// readBack returns the name that wgconf reads from a file in which Add wrote name.
func readBack(name string) string {
	key := wgtypes.PublicKey{1}
	peer := wgconf.Peer{PublicKey: key}
	text := "[Interface]\n\n" + nameComment + name + "\n" + string(peer.AppendTo(nil))
	return wgconf.Parse("", []byte(text)).PeerNames()[key]
}
