package wguser

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// packetRefusal is refusal for I1 to I5.
func (d *demand) packetRefusal(level levels) (reason string) {
	want, have := wginternal.AmneziaPackets(d.want), wginternal.AmneziaPackets(d.have)
	if want == have {
		return ""
	}
	old := level&levelsOld != 0
	if old && want == [5]string{} {
		return "amneziawg-go before 0.2.16 cannot remove the last of I1 to I5"
	}
	for i, text := range want {
		if old && i > 0 && text != "" && want[i-1] == "" {
			return fmt.Sprintf("amneziawg-go before 0.2.16 needs I%d to have I%d", i, i+1)
		}
		if tag := refusedTag(level, text); text != have[i] && tag != "" {
			return fmt.Sprintf("I%d has the tag <%s>, which the daemon does not accept", i+1, tag)
		}
	}
	return ""
}

// refusedTag returns the first tag of a valid packet that devices of a level reject, or
// "".
func refusedTag(level levels, packet string) (tag string) {
	seen := make(map[string]bool)
	for tag := range wginternal.PacketTags(packet) {
		words := strings.Fields(tag)
		if len(words) == 0 {
			return tag
		}
		ok := acceptsTag(words[0], words[1:])
		if level&levelsOld != 0 {
			once := words[0] == "t" || words[0] == "c"
			ok = acceptsOldTag(level, words[0], words[1:]) && !(once && seen[words[0]])
		}
		if !ok {
			return tag
		}
		seen[words[0]] = true
	}
	return ""
}

// acceptsTag reports whether levels after levelsOld accept a tag. They ignore all words
// after those that they need.
func acceptsTag(name string, words []string) bool {
	switch name {
	case "t", "d", "ds":
		return true
	case "b":
		digits, err := hex.DecodeString(strings.TrimPrefix(strings.Join(words[:min(1, len(words))], ""), "0x"))
		return err == nil && len(digits) > 0
	case "r", "rc", "rd", "dz":
		return len(words) > 0
	}
	return false
}

// acceptsOldTag reports whether levelsOld accept a tag.
func acceptsOldTag(level levels, name string, words []string) bool {
	atMost := func(limit int) bool {
		n, err := strconv.Atoi(strings.Join(words, " "))
		return err == nil && n <= limit
	}
	switch name {
	case "t", "c":
		return len(words) == 0
	case "b":
		return len(words) == 1 && (strings.HasPrefix(words[0], "0x") || strings.HasPrefix(words[0], "0X"))
	case "r":
		return atMost(1000)
	case "rc", "rd":
		return level == level20Old && atMost(1000)
	case "wt":
		return level == level15 && atMost(5000)
	}
	return false
}
