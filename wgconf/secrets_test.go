package wgconf_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
)

// secretFile returns a file with a secret in every key that can have one, and in a
// hook.
func secretFile() *wgconf.File {
	text := base64.StdEncoding.EncodeToString(testutil.SecretBytes[:])
	return wgconf.Parse("wg0.conf", []byte("[Interface]\nPrivateKey = "+text+"\nHeaderProtectionKey = "+text+"\nS1 = 12\nS2 = 12\nS3 = 12\nS4 = 12\nAddress = 10.0.0.1/24\nPostUp = wg set %i private-key <(echo "+text+")\n"+
		"[Peer]\nPublicKey = 4GPlRVdVVSbI3TRZOFS8vwWc2wQ8aZpDFQaLxyb1N2g=\nPresharedKey = "+text+"\nEndpoint = 192.0.2.1:5\nAllowedIPs = 10.0.0.2/32\n"))
}

// TestNothingShowsSecrets prints, logs and marshals a value of every exported type.
// No text may contain a secret, except for the JSON of types that are meant to be
// marshalled.
func TestNothingShowsSecrets(t *testing.T) {
	t.Parallel()
	file := secretFile()
	text := base64.StdEncoding.EncodeToString(testutil.SecretBytes[:])
	settings := must(file.Settings(wgconf.DialectAWGQuick))
	settings.Interface.PostUp = nil // package fmt prints hooks unchanged
	shown := map[string][]string{
		"File":      testutil.ShowsSecret(file, false),
		"Settings":  testutil.ShowsSecret(*settings, true),
		"Interface": testutil.ShowsSecret(settings.Interface, true),
		"Peer":      testutil.ShowsSecret(settings.Peers[0], true),
		"AllowedIP": testutil.ShowsSecret(settings.Peers[0].AllowedIPs[0], false),
		"Endpoint":  testutil.ShowsSecret(settings.Peers[0].Endpoint, false),
		"Dialect":   testutil.ShowsSecret(wgconf.DialectWGQuick, false),
	}
	for l := range file.Lines(wgconf.DialectAWGQuick) {
		if testutil.FindSecret(l.Text()) == "" {
			continue
		}
		shown["Line"] = append(shown["Line"], testutil.ShowsSecret(l, false)...)
	}
	for _, wrong := range []string{
		text, "[" + text + "]", "PrivateKey = " + text, "[Interface]\nPrivateKey = x" + text, "[Interface]\nListenPort = " + text,
		"[Interface]\nKey = " + text, "[Peer]\nPublicKey = " + text[1:], "[Peer]\nEndpoint = " + text + ":5", "[Interface]\nHeaderProtectionKey = x" + text, "[Interface]\nI1 = " + text, "[Peer]\nAllowedIPs = " + text,
	} {
		for _, problem := range wgconf.Parse("f", []byte(wrong)).Check(wgconf.DialectAWGQuick) {
			shown["Problem"] = append(shown["Problem"], testutil.ShowsSecret(problem, false)...)
		}
	}
	for _, complaint := range testutil.SecretComplaints(".", shown) {
		t.Error(complaint)
	}
}

// TestNothingPrintsKeys checks that no verb of package fmt and no handler of
// log/slog shows the keys of a file.
func TestNothingPrintsKeys(t *testing.T) {
	t.Parallel()
	file := wgconf.Parse("wg0.conf", []byte(complete))
	settings := must(file.Settings(wgconf.DialectWGQuick))
	config := settings.Peers[1:] // the host of the first one is a name
	change := must((&wgconf.Settings{Interface: settings.Interface, Peers: config}).Config())
	var key wgconf.Line
	for l := range file.Lines(wgconf.DialectWGQuick) {
		if l.Key == "PrivateKey" {
			key = l
		}
	}
	type hidden struct {
		file *wgconf.File
		f    wgconf.File
		p    wgconf.Problem
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"}
	bad := wgconf.Parse("f", []byte("[Interface]\nPrivateKey = "+privateText+"x\n"+privateText+"\n")).Check(wgconf.DialectWG)
	for _, v := range []any{
		file, *file, &file, hidden{file, *file, *bad[0]}, []*wgconf.File{file},
		settings, *settings, settings.Interface, settings.Peers, settings.Peers[0], change, bad, *bad[0], *bad[1],
	} {
		for _, verb := range append(verbs, "%p", "%w") { // fmt prints the operands of wrong verbs by reflection
			mustHide(t, verb, fmt.Sprintf(verb, v))
		}
	}
	for _, verb := range verbs {
		mustHide(t, verb, fmt.Sprintf(verb+verb+verb, key, &key, []wgconf.Line{key}))
	}
	for _, v := range []any{file, key, &key, *settings, settings, settings.Interface, &settings.Interface, settings.Peers[0], &settings.Peers[0], change} {
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		mustHide(t, fmt.Sprintf("%T in slog", v), b.String())
	}
	if got := fmt.Sprint(file, key); got != "wg0.conf line 15: PrivateKey" {
		t.Errorf("fmt.Sprint(file, line) = %q, want %q", got, "wg0.conf line 15: PrivateKey")
	}
}

// TestLogCountsHooks checks that the log values of Settings have the number of
// hooks, not their text, which may contain secrets.
func TestLogCountsHooks(t *testing.T) {
	t.Parallel()
	i := wgconf.Interface{
		PreUp: []string{"hook1"}, PostUp: []string{"hook2", "hook3"}, PreDown: []string{"hook4", "hook5", "hook6"}, PostDown: []string{"hook7"},
	}
	for _, v := range []slog.LogValuer{i, wgconf.Settings{Interface: i}} {
		got := fmt.Sprint(v.LogValue())
		for _, want := range []string{"pre_up=1", "post_up=2", "pre_down=3", "post_down=1"} {
			if !strings.Contains(got, want) || strings.Contains(got, "hook") {
				t.Errorf("LogValue of %T = %s, want %s and no text of a hook", v, got, want)
			}
		}
	}
	if got := fmt.Sprint(wgconf.Interface{}.LogValue()); got != "[]" {
		t.Errorf("LogValue of the zero Interface = %s, want []", got)
	}
}

// TestLogPeer checks which settings of a peer its log value has.
func TestLogPeer(t *testing.T) {
	t.Parallel()
	keepalive := 22 * time.Second
	full := wgconf.Peer{
		PublicKey: publicA, PresharedKey: &preshared, Endpoint: wgconf.Endpoint{Host: "vpn.example.com", Port: 5},
		PersistentKeepalive: &keepalive, PersistentKeepaliveMax: 30 * time.Second, AllowedIPs: allowed("10.0.0.0/8", "::/0"), Incremental: true,
	}
	for want, p := range map[string]wgconf.Peer{
		"[allowed_ips=0]": {},
		"[public_key=" + keyA + " preshared_key=(hidden) endpoint=vpn.example.com:5 persistent_keepalive=22s persistent_keepalive_max=30s allowed_ips=2 incremental=true]": full,
	} {
		if got := fmt.Sprint(p.LogValue()); got != want {
			t.Errorf("LogValue of %v = %s, want %s", p, got, want)
		}
	}
}

// mustHide fails if text contains part of a key, in any form in which package fmt
// prints bytes.
func mustHide(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{privateText, presharedText} {
		for i := range len(secret) - 12 {
			part := secret[i : i+12]
			for _, form := range []string{part, fmt.Sprintf("%x", part), fmt.Sprintf("%X", part), strings.Trim(fmt.Sprint([]byte(part)), "[]")} {
				if strings.Contains(text, form) {
					t.Fatalf("%s shows %s, a part of a key, want no part:\n%s", what, form, text)
				}
			}
		}
	}
}
