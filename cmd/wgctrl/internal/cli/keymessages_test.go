package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keyPlaces are the lines of a file in which a key may be by mistake. KEY stands for
// the key.
func keyPlaces() []string {
	places := []string{
		"KEY", "# KEY", "KEY = x", "Name = KEY", "[KEY]", "[Peer] # KEY", "PrivateKey KEY", "PrivateKey: KEY", "PublicKey: KEY", "PrivateKey = = KEY",
		"AllowedIPs = 10.0.0.0/8, KEY", "AllowedIPs = KEY/32", "AllowedIPs = 10.0.0.0/KEY", "AllowedIPs = +KEY", "Address = 10.0.0.1/KEY", "Address = KEY/24",
		"Endpoint = KEY:51820", "Endpoint = 192.0.2.1:KEY", "Endpoint = [KEY]:5", "Endpoint = https://KEY/", "Endpoint = a.KEY.example:5", "DNS = 10.0.0.1, KEY",
		"PostUp = wg set %i private-key <(echo KEY)", "PostUp = echo \\\nKEY", "PrivateKey = KEYKEY", "PublicKey = KEY, KEY", "PresharedKey = xKEY", "PrivateKey=KEY#",
		"\ufeffPrivateKey = KEY", "PrivateKey = \"KEY\"", "FwMark = 0xKEY", "Table = KEY KEY",
	}
	for _, key := range []string{
		"PrivateKey", "PublicKey", "PresharedKey", "ListenPort", "FwMark", "Endpoint", "PersistentKeepalive", "AllowedIPs",
		"Address", "DNS", "MTU", "Table", "SaveConfig", "PreUp", "Jc", "PrivatKey",
	} {
		places = append(places, key+" = KEY")
	}
	return places
}

// cutOf returns a part of a key, of 16 or more characters of its base64 or hexadecimal
// form.
func cutOf(r *rand.Rand, key []byte) string {
	text := base64.StdEncoding.EncodeToString(key)
	switch r.IntN(6) {
	case 0:
		return text
	case 1:
		return text[:len(text)-1]
	case 2:
		text = hex.EncodeToString(key)
	case 3:
		text = strings.ToUpper(hex.EncodeToString(key))
	}
	start := r.IntN(len(text) - 16)
	return text[start : start+16+r.IntN(len(text)-16-start+1)]
}

// TestKeysInFiles checks that no command repeats a key, or a part of one, from any
// place of a file.
func TestKeysInFiles(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(18, 1))
	path := filepath.Join(t.TempDir(), "wg0.conf")
	// With an ended context, lookups of host names fail immediately.
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, place := range keyPlaces() {
		for _, section := range []string{"", "[Interface]\n", "[Peer]\nPublicKey = AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"} {
			for range 6 {
				key := make([]byte, 32)
				for i := range key {
					key[i] = byte(r.Uint32())
				}
				cut := cutOf(r, key)
				text := section + strings.ReplaceAll(place, "KEY", cut) + "\n"
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				for _, command := range []string{"check", "check --wg", "fmt -l", "sync wg0", "setconf wg0", "addconf wg0", "syncconf wg0"} {
					ctx := t.Context()
					if command == "sync wg0" {
						ctx = ended
					} else if strings.Contains(command, "conf") && isHostName(place) {
						continue // TestStrictLookup of package wgcommand checks these
					}
					out := runOn(ctx, strings.Fields(command), path)
					if part := repeated(out, key); part != "" && !isValidPublicKey(place, cut) {
						t.Errorf("%s of %q prints %q, which repeats %q", command, text, out, part)
					}
				}
			}
		}
	}
}

// runOn runs a command on a file and returns everything that it prints.
func runOn(ctx context.Context, command []string, path string) string {
	var out bytes.Buffer
	args := slices.Concat([]string{"--socket-dir", filepath.Dir(path), "--backend", "userspace"}, command, []string{path})
	code := Run(ctx, args, Streams{In: strings.NewReader(""), Out: &out, Err: &out})
	return fmt.Sprintf("%s(exit code %d)", out.String(), code)
}

// repeated returns 16 characters in a row of the key that are in text, or "".
func repeated(text string, key []byte) string {
	const least = 16
	for _, form := range []string{base64.StdEncoding.EncodeToString(key), hex.EncodeToString(key), strings.ToUpper(hex.EncodeToString(key))} {
		for i := range len(form) - least + 1 {
			if strings.Contains(text, form[i:i+least]) {
				return form[i : i+least]
			}
		}
	}
	return ""
}

// isHostName reports whether the key may be a host name in place.
func isHostName(place string) bool {
	return slices.Contains([]string{"Endpoint = KEY:51820", "Endpoint = [KEY]:5", "Endpoint = a.KEY.example:5"}, place)
}

// isValidPublicKey reports whether the key is the valid public key of a peer, which
// messages may show.
func isValidPublicKey(place, cut string) bool {
	return place == "PublicKey = KEY" && len(cut) == 44
}
