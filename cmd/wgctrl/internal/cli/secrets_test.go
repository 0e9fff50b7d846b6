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

// runCommand runs the command and returns its exit code and what it wrote.
func runCommand(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr strings.Builder
	code = Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

// TestSecretsHidden runs commands on a device and on files that contain secrets.
// Only commands whose purpose is to print secrets may do so, on standard output.
func TestSecretsHidden(t *testing.T) {
	t.Parallel()
	d := wireguardgotest.OfflineDevice(t)
	if d.SocketDir() == "" {
		t.Skip("this system has no directory of sockets")
	}
	secret := wgtypes.NewPrivateKey(testutil.SecretBytes)
	// The device clamps the key, which leaves its middle unchanged.
	err := d.Client(t).ConfigureDevice(t.Context(), d.Name, wgtypes.Config{PrivateKey: &secret, Peers: []wgtypes.PeerConfig{
		{PublicKey: wgtypes.PublicKey{1}, PresharedKey: new(wgtypes.NewPresharedKey(testutil.SecretBytes))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString(testutil.SecretBytes[:])
	for _, args := range secretCommands(t, text) {
		code, out, errs := runCommand(t, append([]string{"--backend", "userspace", "--socket-dir", d.SocketDir()}, args...)...)
		// strip and fmt print a valid file.
		prints := len(args) > 0 && (args[0] == "strip" || args[0] == "fmt")
		if f := testutil.FindSecret(out); f != "" && !prints {
			t.Errorf("Run(%q) prints %q, which contains %s; want no secret", args, out, f)
		}
		if f := testutil.FindSecret(errs); f != "" && !namesFile(args, text) {
			t.Errorf("Run(%q) prints %q on stderr, which contains %s; want no secret", args, errs, f)
		}
		if code != 0 && errs == "" && out == "" {
			t.Errorf("Run(%q) = %d without output, want a message", args, code)
		}
	}
}

// secretCommands returns the arguments of commands that read a device with secrets
// or files that contain the secret text.
func secretCommands(t *testing.T, text string) (commands [][]string) {
	t.Helper()
	dir := t.TempDir()
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
	named := writeDeviceFile(t, "[Interface]\nPrivateKey = "+text+"\n[Peer]\nPublicKey = "+peer+"\nPresharedKey = "+text+"\nEndpoint = none.invalid:5\n")
	wrong := writeDeviceFile(t, "[Interface]\nPrivateKey = "+text+text+"\n[Peer]\nPublicKey = "+text[:43]+"\nEndpoint = "+text+":5\n")

	commands = [][]string{
		{}, {"show"}, {"show", "all"}, {"show", "wg0"}, {"show", "--json"}, {"show", "--json", "all"}, {"show", "--json", "wg0"},
		{"show", "--json", "wg0", "dump"}, {"show", "--json", "wg0", "private-key"}, {"show", "--json", "wg0", "preshared-keys"},
		{"show", "--json", "all", "private-key"}, {"show", "--json", "interfaces"}, {"show", "--names", other}, {"show", "--json", "--names", other, "--names", good}, {"top", "--interval", "10ms"},
		{"sync", "--dry-run", "wg0", good}, {"sync", "--dry-run", "--json", "wg0", good}, {"sync", "-v", "wg0", good}, {"sync", "--all", dir}, {"sync", "--all", dir, "--dry-run", "--json"}, {"sync", "--all", dir, "--create", "--prune", "--dry-run", "--json"}, {"setconf", "wg0", good}, {"addconf", "wg0", good}, {"syncconf", "wg0", good},
		{"set", "wg0", "private-key", key}, {"set", "wg0", "private-key", badKey}, {"set", "wg0", "peer", peer, "preshared-key", badKey},
		{"set", "wg0", "private-key", text}, {"set", "wg0", "peer", peer, "preshared-key", text},
		{"check", good}, {"check", "--json", good}, {"fmt", "-l", good}, {"fmt", "-d", good}, {"doctor"}, {"doctor", "wg0", good}, {"doctor", "--json", "wg0", good},
		{"peer", "show", good, text}, {"peer", "show", good, text[:40]}, {"peer", "show", good, wgtypes.PublicKey{2}.String()}, {"peer", "show", "wg0", peer},
		{"peer", "add", good, "--name", text}, {"peer", "add", good, "--name", "a", "--dry-run"}, {"peer", "rename", good, peer, text},
		{"peer", "add", good, "--name", "a", "--public-key", text[:40]}, {"peer", "add", good, "--name", "a", "--endpoint", text},
		{"peer", "add", good, "--name", "a", "--allowed-ips", text}, {"peer", "add", good, "--name", "a", "--dns", text},
		{"peer", "remove", good, text}, {"peer", "remove", good, wgtypes.PublicKey{2}.String(), "--dry-run"}, {"peer", "remove", "wg0", peer, "--dry-run"},
		{"up", good, "--dry-run"}, {"up", good, "--dry-run", "--json"}, {"up", good, "--dry-run", "-v"}, {"up", "wg0", "--config-dir", filepath.Dir(named), "--dry-run", "--resolve-later"},
		{"up", "wg0", "--config-dir", filepath.Dir(wrong), "--dry-run", "--resolve-later"}, {"down", good, "--dry-run"},
		{"reresolve", "wg0", "--config-dir", filepath.Dir(named)}, {"reresolve", "wg0", "--config-dir", filepath.Dir(wrong)},
	}
	// A key in the place of a command, a device, a field or nothing.
	for _, args := range [][]string{
		{}, {"help"}, {"help", "sync"}, {"peer"}, {"peer", "show", "wg0", peer}, {"list"}, {"version"}, {"demo"}, {"pubkey"}, {"genkey"},
		{"show"}, {"show", "wg0"}, {"show", "wg0", "peers"}, {"showconf"}, {"doctor"}, {"doctor", "wg0", good}, {"sync"}, {"top"}, {"watch"},
		{"reresolve"}, {"add"}, {"del"}, {"set"}, {"setconf"},
	} {
		commands = append(commands, append(args, text))
	}
	for _, path := range bad {
		for _, name := range []string{"check", "strip", "fmt"} {
			commands = append(commands, []string{name, path})
		}
		commands = append(commands, []string{"check", "--json", path}, []string{"fmt", "-d", path})
		for _, name := range []string{"up", "down", "reload", "save"} {
			commands = append(commands, []string{name, path, "--dry-run"}, []string{name, path, "--dry-run", "--json"})
		}
		commands = append(commands, []string{"sync", "wg0", path}, []string{"doctor", "wg0", path}, []string{"doctor", "--json", "wg0", path}, []string{"peer", "add", path, "--name", "a", "--allowed-ips", "10.0.0.2", "--dry-run"}, []string{"peer", "show", path, peer})
		if path == other {
			continue // wg(8) quotes an invalid address
		}
		for _, name := range []string{"setconf", "addconf", "syncconf"} {
			commands = append(commands, []string{name, "wg0", path})
		}
	}
	return commands
}

// writeDeviceFile writes the file wg0.conf to a directory of its own and returns its path.
func writeDeviceFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// namesFile reports whether a key was given where set expects a file name. The
// message then names the missing file.
func namesFile(args []string, text string) bool {
	return len(args) > 0 && args[0] == "set" && args[len(args)-1] == text
}
