package wgconf

import (
	"strings"
	"unicode/utf8"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxName is how many bytes of a comment become a name.
const maxName = 128

// PeerNames returns the names that a file has for its peers: for each the
// comment in the line above [Peer], without its # signs, cut to 128 bytes. The
// rest of the file may be missing or wrong. A name may hold any byte but a
// newline, as the file does.
//
// A comment that holds a setting, or something that looks like a key, is no
// name: it may be a secret that was put out of use.
func (f *File) PeerNames() map[wgtypes.PublicKey]string {
	settings, _ := f.Settings(DialectWGQuick) // errors concern no names
	names := make(map[wgtypes.PublicKey]string)
	above, peers := "", 0
	for line := range f.Lines(DialectWGQuick) {
		if line.Peer >= peers {
			peers = line.Peer + 1
			if key := settings.Peers[line.Peer].PublicKey; above != "" && !key.IsZero() {
				names[key] = strings.Clone(above) // or it would keep the file, and its keys
			}
		}
		above = nameIn(line)
	}
	return names
}

// nameIn returns the name that a line is, "" if it is none.
func nameIn(line Line) string {
	text := strings.TrimSpace(line.Text())
	if line.Key != "" || !strings.HasPrefix(text, "#") {
		return ""
	}
	name := strings.TrimSpace(strings.Trim(text, "# \t"))
	if isSetting(name) || mayHoldKey(name) {
		return ""
	}
	return cut(name)
}

// isSetting reports whether text would be a setting if it were no comment.
func isSetting(text string) bool {
	for _, section := range []string{"[Interface]\n", "[Peer]\n"} {
		for line := range Parse("", []byte(section+text)).Lines(DialectWGQuick) {
			if line.Key != "" {
				return true
			}
		}
	}
	return false
}

// cut shortens a name, between two characters. What is no UTF-8 has none.
func cut(name string) string {
	if len(name) <= maxName {
		return name
	}
	for end := maxName; end > maxName-utf8.UTFMax; end-- {
		if utf8.RuneStart(name[end]) {
			return name[:end]
		}
	}
	return name[:maxName]
}
