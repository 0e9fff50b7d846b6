package cli

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// said is what the command says with these arguments, on either stream.
func said(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr strings.Builder
	code = Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

// TestNoWordShowsSecrets runs what looks at a device and at files that hold
// secrets: none says one, but for the words that are there for it, and these say
// none in a message.
func TestNoWordShowsSecrets(t *testing.T) {
	t.Parallel()
	d := wireguardgotest.OfflineDevice(t)
	if d.SocketDir() == "" {
		t.Skip("there is no directory of sockets")
	}
	secret := wgtypes.NewPrivateKey(testutil.SecretBytes)
	// A device has the key clamped, of which the middle is the same.
	err := d.Client(t).ConfigureDevice(t.Context(), d.Name, wgtypes.Config{PrivateKey: &secret, Peers: []wgtypes.PeerConfig{
		{PublicKey: wgtypes.PublicKey{1}, PresharedKey: new(wgtypes.NewPresharedKey(testutil.SecretBytes))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := base64.StdEncoding.EncodeToString(testutil.SecretBytes[:])
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.conf", "[Interface]\nPrivateKey = "+text+"\n\n[Peer]\nPublicKey = "+wgtypes.PublicKey{2}.String()+"\nPresharedKey = "+text+"\n")
	other := file("other.conf", "[Interface]\nListenPort = "+text+"\n[Peer]\nPublicKey = "+text[:43]+"\nEndpoint = "+text+"\nAllowedIPs = "+text+"\n")
	bad := []string{
		other,
		file("name.conf", "[Interface]\nPrivatKey = "+text+"\n"),
		file("header.conf", "PrivateKey = "+text+"\n"),
		file("long.conf", "[Interface]\nPrivateKey = "+text+text+"\n"),
		file("short.conf", "[Interface]\nPrivateKey = "+text[:40]+"\n"),
		file("line.conf", text+"\n"),
		file("section.conf", "["+text+"]\n"),
	}
	key := file("key", text+"\n")
	badKey := file("badkey", text[:40]+"\n")
	peer := wgtypes.PublicKey{1}.String()

	silent := [][]string{
		{}, {"show"}, {"show", "all"}, {"show", "wg0"}, {"show", "--json"}, {"show", "--json", "all"}, {"show", "--json", "wg0"},
		{"show", "--json", "wg0", "dump"}, {"show", "--json", "wg0", "private-key"}, {"show", "--json", "wg0", "preshared-keys"},
		{"show", "--json", "all", "private-key"}, {"show", "--json", "interfaces"}, {"top", "--interval", "10ms"},
		{"sync", "--dry-run", "wg0", good}, {"sync", "wg0", good}, {"setconf", "wg0", good}, {"addconf", "wg0", good}, {"syncconf", "wg0", good},
		{"set", "wg0", "private-key", key}, {"set", "wg0", "private-key", badKey}, {"set", "wg0", "peer", peer, "preshared-key", badKey},
		{"set", "wg0", "private-key", text}, {"set", "wg0", "peer", peer, "preshared-key", text},
		{"check", good}, {"fmt", "-l", good},
	}
	for _, path := range bad {
		for _, word := range []string{"check", "strip", "fmt"} {
			silent = append(silent, []string{word, path})
		}
		silent = append(silent, []string{"sync", "wg0", path})
		if path == other {
			continue // wg(8) quotes what it takes for an address
		}
		for _, word := range []string{"setconf", "addconf", "syncconf"} {
			silent = append(silent, []string{word, "wg0", path})
		}
	}
	for _, args := range silent {
		code, out, errs := said(t, append([]string{"--backend", "userspace", "--socket-dir", d.SocketDir()}, args...)...)
		// strip and fmt print the file, where they do not refuse it.
		prints := len(args) > 0 && (args[0] == "strip" || args[0] == "fmt")
		if f := testutil.FindSecret(out); f != "" && !prints {
			t.Errorf("%q prints %s: %s", args, f, out)
		}
		if f := testutil.FindSecret(errs); f != "" && !namesFile(args, text) {
			t.Errorf("%q says %s: %s", args, f, errs)
		}
		if code != 0 && errs == "" && out == "" {
			t.Errorf("%q fails and says nothing", args)
		}
	}
}

// namesFile: who gives a key where a file is wanted has given it away himself,
// and is told that there is no such file.
func namesFile(args []string, text string) bool {
	return len(args) > 0 && args[0] == "set" && args[len(args)-1] == text
}
