package wgcommand_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func strict(e *wgcommand.Env) {
	e.Program = "wgctrl"
	e.Strict = true
	e.Resolver = names{}
	e.LookupEnv = func(name string) (string, bool) { return "0", name == "WG_ENDPOINT_RESOLUTION_RETRIES" }
}

// TestSetStrict checks that errors of set name the setting and the value, and say
// what is allowed. Nothing is changed.
func TestSetStrict(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	short, trailing, missing := file("short", "abc\n"), file("trailing", strings.Repeat("A", 43)+"=\nx"), filepath.Join(dir, "missing")
	const notFile = " must be a file that contains the key, not the key: every user can see the arguments of a process"
	const badFile = ": file must contain only a key of 44 characters in base64"
	key := wgtypes.PublicKey{1}.String()
	w := newMachine("wg0", "")
	w.change = strict
	for words, want := range map[string]string{
		"listen-port 999999":                   `invalid listen-port "999999": must be 0 to 65535`,
		"listen-port -1":                       `invalid listen-port "-1": must be 0 to 65535`,
		"listen-port http":                     `invalid listen-port "http": must be 0 to 65535`,
		"fwmark x":                             `invalid fwmark "x": must be 0 to 0xffffffff or off`,
		"private-key " + missing:               `private-key "` + missing + `": no such file or directory`,
		"private-key " + short:                 `private-key "` + short + `"` + badFile,
		"private-key " + trailing:              `private-key "` + trailing + `"` + badFile,
		"private-key " + key:                   "private-key" + notFile,
		"peer K preshared-key " + key:          "preshared-key" + notFile,
		"peer K preshared-key " + missing:      `preshared-key "` + missing + `": no such file or directory`,
		"peer x":                               `invalid peer "x": must be a public key of 44 characters in base64`,
		"peer K endpoint 192.0.2.1":            `invalid endpoint "192.0.2.1": `,
		"peer K endpoint 192.0.2.1:x":          `invalid endpoint "192.0.2.1:x": `,
		"peer K endpoint example.invalid:1":    `endpoint "example.invalid:1": name or service not known`,
		"peer K allowed-ips 10.0.0.0/8,10.0/8": `invalid allowed-ips "10.0/8": must be `,
		"peer K allowed-ips 10.0.0.0/33":       `invalid allowed-ips "10.0.0.0/33": `,
		"peer K persistent-keepalive 65536":    `invalid persistent-keepalive "65536": must be `,
		"allowed-ips 10.0.0.0/8":               `"allowed-ips" must follow "peer KEY"`,
		"remove":                               `"remove" must follow "peer KEY"`,
		"peer K listen-port 1":                 `"listen-port" must come before the first peer`,
		"listen-port":                          `missing value after "listen-port"`,
		"peer":                                 `missing value after "peer"`,
		"peer K endpoint":                      `missing value after "endpoint"`,
		"listen-port 1 --json":                 `unexpected flag "--json": set has no flags, and global flags must come before it`,
		"peer K allowed-ip 10.0.0.0/8":         `unknown setting "allowed-ip": must be remove, preshared-key, endpoint, persistent-keepalive, allowed-ips or peer`,
		"listenport 1":                         `unknown setting "listenport": must be listen-port, fwmark, private-key or peer`,
	} {
		args := append([]string{"set", "wg0"}, strings.Fields(strings.ReplaceAll(words, "K ", key+" "))...)
		got := w.run(t, args...)
		line := "wgctrl: set: " + want
		if got.code != 1 || got.out != "" || !strings.HasPrefix(got.err, line) || strings.Count(got.err, "\n") != 1 || !strings.HasSuffix(got.err, "\n") {
			t.Errorf("Run(%q) = %+v, want one line with prefix %q", args, got, line)
		}
		if strings.HasSuffix(want, notFile) && strings.Contains(got.err, key) {
			t.Errorf("Run(%q) prints %q, want no key", args, got.err)
		}
	}
	if r := w.devices["wg0"].requests(); r != "" {
		t.Errorf("the device received %q, want nothing", r)
	}
}

// TestSetStrictEnvironment checks the error of an environment variable.
func TestSetStrictEnvironment(t *testing.T) {
	t.Parallel()
	w := newMachine("wg0", "")
	w.change = func(e *wgcommand.Env) {
		strict(e)
		e.LookupEnv = func(name string) (string, bool) { return "many", name == "WG_ENDPOINT_RESOLUTION_RETRIES" }
	}
	got := w.run(t, "set", "wg0", "peer", wgtypes.PublicKey{1}.String(), "endpoint", "example.invalid:1")
	if want := (result{err: `wgctrl: set: unable to parse WG_ENDPOINT_RESOLUTION_RETRIES: "many": must be 0 to 2147483647 or infinity` + "\n", code: 1}); got != want {
		t.Errorf("set = %+v, want %+v", got, want)
	}
}
