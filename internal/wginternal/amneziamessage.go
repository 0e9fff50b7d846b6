package wginternal

import (
	"iter"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// MessageSizes returns the sizes in bytes of WireGuard's handshake initiation, handshake
// response, cookie reply and data packet without data.
func MessageSizes() [4]int { return [4]int{148, 92, 64, 32} }

// AmneziaPrefixes returns S1 to S4, the prefixes of these messages.
func AmneziaPrefixes(a *wgtypes.Amnezia) [4]int {
	return [4]int{int(a.S1), int(a.S2), int(a.S3), int(a.S4)}
}

// AmneziaHeaders returns H1 to H4, the types of these messages.
func AmneziaHeaders(a *wgtypes.Amnezia) [4]wgtypes.Range {
	return [4]wgtypes.Range{a.H1, a.H2, a.H3, a.H4}
}

// AmneziaPackets returns I1 to I5.
func AmneziaPackets(a *wgtypes.Amnezia) [5]string { return [5]string{a.I1, a.I2, a.I3, a.I4, a.I5} }

// PacketTags yields the tags of a described packet, such as "r 16" for <r 16>. Like the
// implementations it ignores text outside of tags.
func PacketTags(packet string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := packet; ; {
			_, after, ok := strings.Cut(rest, "<")
			if !ok {
				return
			}
			var tag string
			if tag, rest, _ = strings.Cut(after, ">"); !yield(tag) {
				return
			}
		}
	}
}
