package wgcommand_test

import (
	"fmt"
	"net"
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
		"peer K persistent-keepalive 65536":    `invalid persistent-keepalive "65536": must be 0 to 65535 seconds or off`,
		"peer K persistent-keepalive 30-22":    `invalid persistent-keepalive "30-22": must be 0 to 65535 seconds, an ascending range such as 22-30, or off`,
		"peer K advanced-security on":          `unknown setting "advanced-security": must be remove, `,
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

// TestSetStrictEndpoints checks that set rejects what is an error in a file, before it
// looks up a host.
func TestSetStrictEndpoints(t *testing.T) {
	t.Parallel()
	w := newMachine("wg0", "")
	w.change = func(e *wgcommand.Env) {
		strict(e)
		e.LookupEnv = func(name string) (string, bool) { return "infinity", name == "WG_ENDPOINT_RESOLUTION_RETRIES" }
	}
	for endpoint, want := range map[string]string{
		"192.0.2.1:http":        "port must be 0 to 65535",
		"fe80::1%lo":            "missing port: write [ADDRESS]:PORT",
		"2001:db8::1":           "missing port: write [ADDRESS]:PORT",
		"https://example.com:5": "must be HOST:PORT, not a URL",
		"https://example.com":   "must be HOST:PORT, not a URL",
		"999.1.1.1:5":           "host must be a complete IPv4 address, or a name",
		"127.1:5":               "host must be a complete IPv4 address, or a name",
		"a:1:2":                 "must be HOST:PORT with one port, or [ADDRESS]:PORT with an IPv6 address",
		"a,b:5":                 "must be one HOST:PORT, not a list",
		"*:5":                   "host must be an IP address or a name",
		"192.0.2.1%lo:5":        "host must be an IP address or a name",
		"[fe80::1%]:5":          "must be HOST:PORT with one port, or [ADDRESS]:PORT with an IPv6 address",
		"<server>:5":            "replace the placeholder; host must be an IP address or a name",
		"a b:5":                 "must not contain white space or control characters",
		"":                      "must be HOST:PORT",
	} {
		got := w.run(t, "set", "wg0", "peer", keyA, "endpoint", endpoint)
		if want := (result{err: fmt.Sprintf("wgctrl: set: invalid endpoint %q: %s\n", endpoint, want), code: 1}); got != want {
			t.Errorf("set endpoint %q = %+v, want %+v", endpoint, got, want)
		}
	}
	if r := w.devices["wg0"].requests(); r != "" {
		t.Errorf("the device received %q, want nothing", r)
	}
}

// TestSetStrictZone checks that set passes a zone on as sync does: the backend says
// whether it is an interface.
func TestSetStrictZone(t *testing.T) {
	t.Parallel()
	w := newMachine("wg0", "")
	w.change = strict
	link, err := net.InterfaceByIndex(1)
	if err != nil {
		t.Skip(err)
	}
	endpoint := "[2001:db8::1%" + link.Name + "]:5"
	got := w.run(t, "set", "wg0", "peer", keyA, "endpoint", endpoint)
	if r := w.devices["wg0"].requests(); got != (result{}) || !strings.Contains(r, "\nendpoint="+endpoint+"\n") {
		t.Errorf("set endpoint %q = %+v, the device received %q, want the endpoint", endpoint, got, r)
	}
}

// TestSetStrictKeys checks that no error of set repeats a key in base64 or hexadecimal,
// or most of one, wherever it is.
func TestSetStrictKeys(t *testing.T) {
	t.Parallel()
	const text = "IG/mIZVe6igPqw/ozA3zPDdYhHEr8KYRtiPz+98mNkM="
	const inHex = "206fe621955eea280fab0fe8cc0df33c375884712bf0a611b623f3fbdf263643"
	w := newMachine("wg0", "")
	w.change = strict
	for _, key := range []string{text, text[:43], text[:41], inHex} {
		for _, words := range []string{
			"KEY x", "KEY", "--KEY", "listen-port KEY", "fwmark KEY", "private-key KEY", "peer P KEY", "peer P KEY x", "peer P preshared-key KEY",
			"peer P endpoint KEY", "peer P endpoint KEY:5", "peer P endpoint [KEY]:5", "peer P endpoint KEY.example:5", "peer P endpoint [fe80::1%KEY]:5",
			"peer P endpoint 192.0.2.1:KEY", "peer P persistent-keepalive KEY", "peer P allowed-ips KEY", "peer P allowed-ips 10.0.0.0/8,KEY", "peer P allowed-ips KEY/32",
			"peer KEYx", "peer P remove KEY",
		} {
			args := append([]string{"set", "wg0"}, strings.Fields(strings.NewReplacer("KEY", key, "P ", keyA+" ").Replace(words))...)
			got := w.run(t, args...)
			if got.code != 1 || got.err == "" || strings.Contains(got.err, key[:16]) || strings.Contains(got.err, key[20:36]) {
				t.Errorf("Run(%q) = %+v, want 1 and an error without the key", args, got)
			}
		}
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
