package wgconf_test

import (
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// shortestCut is the length of the shortest part of a key that no message contains.
const shortestCut = 16

// keyPlaces are files with a place for a key, "%".
func keyPlaces() (places []string) {
	for _, section := range []string{"", "[Interface]\n", "[Peer]\n", "[Peer]\nPublicKey = " + keyA + "\n"} {
		for _, key := range []string{
			"PrivateKey", "ListenPort", "FwMark", "Address", "DNS", "MTU", "Table", "SaveConfig", "PostUp",
			"PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive", "Unknown", "Jc",
			"HeaderProtectionKey", "I1", "H1", "RandomTrailers",
		} {
			for _, line := range []string{
				"KEY = %", "KEY=%", "KEY: %", "KEY %", "KEY% = 1", "% KEY = x", "KEY = x%", "KEY = %x", "KEY = % #", "KEY = %#", "KEY = % x", "KEY = x %",
				"KEY = %:51820", "KEY = [%]:51820", "KEY = %.example:51820", "KEY = x@%:1", "KEY = %:%", "KEY = fe80::1%%:1", "KEY = [fe80::1%%]:0",
				"KEY = https://%:1", "KEY = <%>", "KEY = %/24", "KEY = 10.0.0.0/%", "KEY = ::/0, %", "KEY = %, ::/0", "KEY = -%", "KEY = 10.0.0.0/8,\n%",
				"KEY = \"%\"", "KEY = %;", "KEY = $%", "KEY = *%", "KEY = % = %", "KEY\n%", "KEY = x\\\n%\\\n%", "KEY = %\x00",
			} {
				places = append(places, section+strings.ReplaceAll(line, "KEY", key)+"\n")
			}
		}
		for _, line := range []string{"%", "[%]", "[% x]", "%=", "=%", "#%", "[Peer] # %", "[Peer] %", "{\"%\"}", "%\t%\t%\t%", "interface: %", ";%", "\xff\xfe%"} {
			places = append(places, section+line+"\n")
		}
	}
	return places
}

// TestKeysAreHidden checks that no problem contains a part of a key, wherever in the
// file the key is, and however much of it.
func TestKeysAreHidden(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2 {
		var raw [wgtypes.KeyLen]byte
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		for _, key := range []string{wgtypes.PublicKey(raw).String(), hex.EncodeToString(raw[:])} {
			for _, place := range keyPlaces() {
				from := r.IntN(len(key) - shortestCut)
				to := from + shortestCut + r.IntN(len(key)-shortestCut-from)
				for _, cut := range []string{key, key[from:to], key[from:], key[:from+shortestCut], strings.TrimRight(key, "=")} {
					mustNotRepeat(t, place, key, cut)
				}
			}
		}
	}
}

// TestHiddenValues checks which values an error quotes: those that cannot be a part
// of a key.
func TestHiddenValues(t *testing.T) {
	t.Parallel()
	const key = "qL3vUo0yZc8mJ1WxqL3vUo0yZc8mJ1WxqL3vUo0yZc8="
	for value, want := range map[string]bool{
		key[:15]: true, key[:16]: false, "x" + key[:15] + ":": false, key[:15] + ":" + key[:15]: true, "(" + key[3:19] + ")": false,
		"vpn+/vpn+/vpn+/v": false, "vpn-vpn_vpn-vpn_vpn": true, strings.Repeat("vpn-", 10): false, "(" + strings.Repeat("vpn-", 10): false, strings.Repeat("vpn-", 9) + "vpn": true,
		strings.Repeat("v p n - ", 10): false, key[:10] + " " + key[10:20] + " " + key[20:30] + " " + key[30:40]: false,
		"wireguardserversoffice": true, "wizardsofwireguard": true, "FirewallMarkOfThisInterface": true, "AlphaBravoDeltaHotel": true, "wireguardserver1": false, "WIREGUARDSERVERSX": false, "WireGuardServerXyz": false, "WireguardServerOffices": true,
		"aAbbCcddEeffGghhIi": false, "wireguardserverX": false, "WIreguardserversoffice": false, "deadbeefdeadbeef": false, "deadbeefdeadbee": true,
		"Abcdefabcdefabcdef": false, "0123456789012345x": false,
	} {
		_, err := wgconf.ParseListenPort(value)
		p, ok := errors.AsType[*wgconf.Problem](err)
		if !ok || p.Value != value && p.Value != "" || (p.Value != "") != want {
			t.Errorf("ParseListenPort(%q) = %v, want an error that quotes the value: %v", value, err, want)
		}
	}
}

// FuzzKeysAreHidden checks the same for any file.
func FuzzKeysAreHidden(f *testing.F) {
	for i, place := range keyPlaces() {
		if i%7 == 0 {
			f.Add(place, byte(i), byte(i/7), i%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, place string, from, size byte, isHex bool) {
		key := privateText
		if isHex {
			key = hex.EncodeToString([]byte(presharedText)[:wgtypes.KeyLen])
		}
		start := int(from) % (len(key) - shortestCut)
		end := min(start+shortestCut+int(size), len(key))
		mustNotRepeat(t, place, key, key[start:end])
	})
}

// mustNotRepeat fails if a problem of the file place, with cut for each "%",
// contains a part of key.
func mustNotRepeat(t *testing.T, place, key, cut string) {
	t.Helper()
	text := strings.ReplaceAll(place, "%", cut)
	for i := range len(key) - shortestCut + 1 {
		if strings.Contains(place, key[i:i+shortestCut]) {
			return
		}
	}
	for _, d := range dialects {
		file := wgconf.Parse("f", []byte(text))
		var messages []string
		for _, p := range file.Check(d) {
			messages = append(messages, p.Error(), p.Value, p.Reason, p.Key, p.Section)
		}
		settings, err := file.Settings(d)
		if err != nil {
			messages = append(messages, err.Error())
		}
		if _, err := settings.Config(); err != nil {
			messages = append(messages, err.Error())
		}
		for _, message := range messages {
			for i := range len(key) - shortestCut + 1 {
				if strings.Contains(message, key[i:i+shortestCut]) {
					t.Fatalf("a problem of %q for %v is %q, want no part of the key %s", text, d, message, key)
				}
			}
		}
	}
}
