package wgprom

import (
	"strings"
	"unicode/utf8"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Names are names of peers.
type Names map[wgtypes.PublicKey]string

// Of returns a peer's name, "" if it has none. It is for Options.PeerName; the
// map must not change any more then.
func (n Names) Of(key wgtypes.PublicKey) string { return n[key] }

// maxName is how many bytes of a comment become a label.
const maxName = 128

// ParseNames returns the names that a configuration file has for its peers: for
// each the comment in the line above [Peer], without its # signs. The rest of
// the file may be missing or wrong.
//
// A comment that holds a setting, or something that looks like a key, is no
// name: it may be a secret that was put out of use.
func ParseNames(f *wgconf.File) Names {
	settings, _ := f.Settings(wgconf.Quick) // errors concern no names
	names := make(Names)
	above, peers := "", 0
	for line := range f.Lines(wgconf.Quick) {
		if line.Peer >= peers {
			peers = line.Peer + 1
			if key := settings.Peers[line.Peer].PublicKey; above != "" && !key.IsZero() {
				names[key] = above
			}
		}
		above = nameIn(line)
	}
	return names
}

// nameIn returns the name that a line is, "" if it is none.
func nameIn(line wgconf.Line) string {
	text := strings.TrimSpace(line.Text)
	if line.Key != "" || !strings.HasPrefix(text, "#") {
		return ""
	}
	name := strings.TrimSpace(strings.Trim(text, "# \t"))
	if isSetting(name) || hasKey(name) {
		return ""
	}
	return cut(name)
}

// isSetting reports whether text would be a setting if it were no comment.
func isSetting(text string) bool {
	for _, section := range []string{"[Interface]\n", "[Peer]\n"} {
		for line := range wgconf.Parse("", []byte(section+text)).Lines(wgconf.Quick) {
			if line.Key != "" {
				return true
			}
		}
	}
	return false
}

// hasKey reports whether a part of text may be a key, which is 43 base64 digits
// and a =, or 64 hexadecimal digits.
func hasKey(text string) bool {
	const digits = 43
	run := 0
	for i := range len(text) {
		if run++; !isBase64(text[i]) {
			run = 0
		}
		if run >= digits {
			return true
		}
	}
	return false
}

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// cut shortens a name, between two characters.
func cut(name string) string {
	if len(name) <= maxName {
		return name
	}
	end := maxName
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}
