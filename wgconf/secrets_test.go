package wgconf_test

import (
	"encoding/base64"
	"testing"

	"github.com/wgctrl/wgctrl/internal/secrettest"
	"github.com/wgctrl/wgctrl/wgconf"
)

// secretFile has a secret wherever one may be, and where none should.
func secretFile() *wgconf.File {
	text := base64.StdEncoding.EncodeToString(secrettest.Bytes[:])
	return wgconf.Parse("wg0.conf", []byte("[Interface]\nPrivateKey = "+text+"\nAddress = 10.0.0.1/24\nPostUp = wg set %i private-key <(echo "+text+")\n"+
		"[Peer]\nPublicKey = 4GPlRVdVVSbI3TRZOFS8vwWc2wQ8aZpDFQaLxyb1N2g=\nPresharedKey = "+text+"\nEndpoint = 192.0.2.1:5\nAllowedIPs = 10.0.0.2/32\n"))
}

// TestNothingShowsSecrets prints, logs and marshals every exported type of the
// package: none shows a secret that it holds, but for what is there to be
// marshalled.
func TestNothingShowsSecrets(t *testing.T) {
	t.Parallel()
	file := secretFile()
	text := base64.StdEncoding.EncodeToString(secrettest.Bytes[:])
	settings := must(file.Settings(wgconf.Quick))
	settings.Interface.PostUp = nil // package fmt prints a shell command, whatever it has in it
	shown := map[string][]string{
		"File":      secrettest.Shows(file, false),
		"Settings":  secrettest.Shows(*settings, true),
		"Interface": secrettest.Shows(settings.Interface, true),
		"Peer":      secrettest.Shows(settings.Peers[0], true),
		"AllowedIP": secrettest.Shows(settings.Peers[0].AllowedIPs[0], false),
		"Endpoint":  secrettest.Shows(settings.Peers[0].Endpoint, false),
		"Dialect":   secrettest.Shows(wgconf.Quick, false),
	}
	for l := range file.Lines(wgconf.Quick) {
		if secrettest.Leak(l.Text()) == "" {
			continue
		}
		shown["Line"] = append(shown["Line"], secrettest.Shows(l, false)...)
	}
	for _, wrong := range []string{
		text, "[" + text + "]", "PrivateKey = " + text, "[Interface]\nPrivateKey = x" + text, "[Interface]\nListenPort = " + text,
		"[Interface]\nKey = " + text, "[Peer]\nPublicKey = " + text[1:], "[Peer]\nEndpoint = " + text + ":5", "[Peer]\nAllowedIPs = " + text,
	} {
		for _, problem := range wgconf.Parse("f", []byte(wrong)).Check(wgconf.Quick) {
			shown["Problem"] = append(shown["Problem"], secrettest.Shows(problem, false)...)
			if value, ok := problem.Err.(*wgconf.ValueError); ok {
				shown["ValueError"] = append(shown["ValueError"], secrettest.Shows(value, false)...)
			}
		}
	}
	for _, complaint := range secrettest.Complaints(".", shown) {
		t.Error(complaint)
	}
}
