package wgconf_test

import (
	"encoding/base64"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
)

// secretFile has a secret wherever one may be, and where none should.
func secretFile() *wgconf.File {
	text := base64.StdEncoding.EncodeToString(testutil.SecretBytes[:])
	return wgconf.Parse("wg0.conf", []byte("[Interface]\nPrivateKey = "+text+"\nAddress = 10.0.0.1/24\nPostUp = wg set %i private-key <(echo "+text+")\n"+
		"[Peer]\nPublicKey = 4GPlRVdVVSbI3TRZOFS8vwWc2wQ8aZpDFQaLxyb1N2g=\nPresharedKey = "+text+"\nEndpoint = 192.0.2.1:5\nAllowedIPs = 10.0.0.2/32\n"))
}

// TestNothingShowsSecrets prints, logs and marshals every exported type of the
// package: none shows a secret that it holds, but for what is there to be
// marshalled.
func TestNothingShowsSecrets(t *testing.T) {
	t.Parallel()
	file := secretFile()
	text := base64.StdEncoding.EncodeToString(testutil.SecretBytes[:])
	settings := must(file.Settings(wgconf.DialectWGQuick))
	settings.Interface.PostUp = nil // package fmt prints a shell command, whatever it has in it
	shown := map[string][]string{
		"File":      testutil.ShowsSecret(file, false),
		"Settings":  testutil.ShowsSecret(*settings, true),
		"Interface": testutil.ShowsSecret(settings.Interface, true),
		"Peer":      testutil.ShowsSecret(settings.Peers[0], true),
		"AllowedIP": testutil.ShowsSecret(settings.Peers[0].AllowedIPs[0], false),
		"Endpoint":  testutil.ShowsSecret(settings.Peers[0].Endpoint, false),
		"Dialect":   testutil.ShowsSecret(wgconf.DialectWGQuick, false),
	}
	for l := range file.Lines(wgconf.DialectWGQuick) {
		if testutil.FindSecret(l.Text()) == "" {
			continue
		}
		shown["Line"] = append(shown["Line"], testutil.ShowsSecret(l, false)...)
	}
	for _, wrong := range []string{
		text, "[" + text + "]", "PrivateKey = " + text, "[Interface]\nPrivateKey = x" + text, "[Interface]\nListenPort = " + text,
		"[Interface]\nKey = " + text, "[Peer]\nPublicKey = " + text[1:], "[Peer]\nEndpoint = " + text + ":5", "[Peer]\nAllowedIPs = " + text,
	} {
		for _, problem := range wgconf.Parse("f", []byte(wrong)).Check(wgconf.DialectWGQuick) {
			shown["Problem"] = append(shown["Problem"], testutil.ShowsSecret(problem, false)...)
		}
	}
	for _, complaint := range testutil.SecretComplaints(".", shown) {
		t.Error(complaint)
	}
}
