package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// asWG returns the environment of wg.
func asWG(path string, s Streams) wgcommand.Env {
	p, _ := programOf("wg")
	return p.env(path, s)
}

// wgOptions returns the options of wg's Client.
func wgOptions(goos string) []wgctrl.Option {
	p, _ := programOf("wg")
	return p.options(goos)
}

// TestMainName checks under which names the command behaves as wg(8) and awg(8).
func TestMainName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"wg": "wireguard-tools v", "/usr/bin/wg": "wireguard-tools v", "./wg.exe": "wireguard-tools v",
		"awg": "amneziawg-tools v", "/usr/bin/awg": "amneziawg-tools v", "./awg.exe": "amneziawg-tools v",
		"wgctrl": "wgctrl ", "wgx": "wgctrl ", "/wg/wgctrl": "wgctrl ", "wg.sh": "wgctrl ", "awgx": "wgctrl ", "/awg/wgctrl": "wgctrl ",
	} {
		var out, errs bytes.Buffer
		code := Main(t.Context(), []string{name, "--version"}, Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
		if code != 0 || errs.Len() > 0 || !strings.HasPrefix(out.String(), want) {
			t.Errorf("Main(%q --version) = %d, stdout %q, stderr %q, want 0, prefix %q", name, code, out.String(), errs.String(), want)
		}
	}
}

// TestAsWG checks what the environment of wg(8) has.
func TestAsWG(t *testing.T) {
	t.Parallel()
	env := asWG("/bin/wg", Streams{})
	if env.Program != "/bin/wg" || env.SocketDir != uapinet.SocketDir || env.LookupEnv == nil || env.Client == nil {
		t.Errorf("asWG = %+v, want the program, the socket directory, LookupEnv and Client", env)
	}
}

// TestAsAWG checks what the environment of awg(8) has, and that it has only devices of
// AmneziaWG.
func TestAsAWG(t *testing.T) {
	t.Parallel()
	p, _ := programOf("/usr/bin/awg")
	env := p.env("/usr/bin/awg", Streams{})
	if env.Program != "/usr/bin/awg" || env.SocketDir != uapinet.AmneziaSocketDir || !env.Amnezia || env.Strict || asWG("wg", Streams{}).Amnezia {
		t.Errorf("env = %+v, want the program, the socket directory and Amnezia, which wg does not have", env)
	}
	dir, _ := newSocketDir(t)
	startDevice(t, dir, "wg0")
	c, err := wgctrl.New(append(p.options("linux"), wgctrl.WithSocketDirs(dir))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if d, err := c.Device(t.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Device(wg0) = %v, %v, want fs.ErrNotExist", d, err)
	}
	awg, err := wgctrl.New(append(p.options("linux"), wgctrl.WithAmneziaSocketDirs(dir))...)
	if err != nil {
		t.Fatal(err)
	}
	defer awg.Close()
	if d, err := awg.Device(t.Context(), "wg0"); err != nil || d.Kind != wgtypes.KindAmneziaUserspace {
		t.Errorf("Device(wg0) = %v, %v, want a device of KindAmneziaUserspace", d, err)
	}
}

// TestWGOptions checks that wg sends keys to daemons of any user, and peers with the
// zero key, and that userspace devices take precedence.
func TestWGOptions(t *testing.T) {
	t.Parallel()
	dir, _ := newSocketDir(t)
	startDevice(t, dir, "wg0")
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	c, err := wgctrl.New(append(wgOptions("linux"), wgctrl.WithSocketDirs(dir))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	change := wgtypes.Config{PrivateKey: &watchedKey, Peers: []wgtypes.PeerConfig{{}}}
	if err := c.ConfigureDevice(t.Context(), "wg0", change); err != nil {
		t.Errorf("ConfigureDevice = %v, want no error", err)
	}
	_, err = c.Device(t.Context(), "missing0")
	if err == nil || !strings.Contains(err.Error(), ": no userspace device ") || strings.Contains(err.Error(), "no link") != (runtime.GOOS == "linux") {
		t.Errorf("Device(missing0) = %v, want that the sockets were searched first, then the kernel", err)
	}
}

// TestWGOptionsOnWindows checks that wg sends no keys to an untrusted daemon there.
func TestWGOptionsOnWindows(t *testing.T) {
	t.Parallel()
	dir, _ := newSocketDir(t)
	startDevice(t, dir, "wg0")
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	c, err := wgctrl.New(append(wgOptions("windows"), wgctrl.WithSocketDirs(dir))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{PrivateKey: &watchedKey})
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("ConfigureDevice = %v, want fs.ErrPermission", err)
	}
}

// TestMainQuick checks under which names the command behaves as wg-quick(8) and
// awg-quick(8).
func TestMainQuick(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"wg-quick": "wg-quick", "/usr/bin/wg-quick": "wg-quick", "awg-quick": "awg-quick", "/usr/bin/awg-quick": "awg-quick",
	} {
		var out, errs bytes.Buffer
		code := Main(t.Context(), []string{name, "help"}, Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
		if code != 0 || out.Len() > 0 || !strings.HasPrefix(errs.String(), "Usage: "+want+" ") {
			t.Errorf("Main(%q help) = %d, stdout %q, stderr %q, want 0 and the usage of %s", name, code, out.String(), errs.String(), want)
		}
	}
	for _, name := range []string{"wg", "awg", "wgctrl", "quick", "xwg-quick"} {
		if p, ok := quickProgramOf(name, "linux"); ok {
			t.Errorf("quickProgramOf(%s) = %v, want false", name, p)
		}
	}
}

// TestQuickEnv checks the directories, the dialect and the user of the programs.
func TestQuickEnv(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, goos, dirs string
		dialect          wgconf.Dialect
	}{
		{"wg-quick", "linux", "/etc/wireguard", wgconf.DialectWGQuick},
		{"wg-quick", "freebsd", "/etc/wireguard /usr/local/etc/wireguard", wgconf.DialectWGQuick},
		{"wg-quick", "openbsd", "/etc/wireguard", wgconf.DialectWGQuick},
		{"awg-quick", "linux", "/etc/amnezia/amneziawg", wgconf.DialectAWGQuick},
	} {
		p, _ := quickProgramOf(test.name, test.goos)
		env := p.quickEnv("/bin/"+test.name, Streams{})
		if got := strings.Join(env.Dirs, " "); got != test.dirs || env.Dialect != test.dialect || env.UID != os.Getuid() || env.Program != "/bin/"+test.name {
			t.Errorf("quickEnv of %s on %s = %+v, want the directories %s, dialect %v, the user and the program", test.name, test.goos, env, test.dirs, test.dialect)
		}
		c, err := env.Client()
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
}

// TestGrace checks that only the commands that undo what they have done have time for it
// after a signal.
func TestGrace(t *testing.T) {
	t.Parallel()
	for args, long := range map[string]bool{
		"wgctrl up wg0": true, "wgctrl --netns lab down wg0": true, "wgctrl reload wg0 -v": true, "wg-quick up wg0": true, "/bin/awg-quick down wg0": true,
		"wgctrl top": true, "wgctrl demo": true, "wgctrl peer add wg0 --name a": true, "wgctrl peer remove wg0 a": true,
		"wgctrl peer rename wg0 a b": true, "wgctrl peer show wg0 a": false,
		"wgctrl sync wg0": false, "wgctrl watch": false, "wgctrl": false, "wg show up": false, "wgctrl show up": false, "wgctrl nonsense": false,
	} {
		if got := Grace(strings.Fields(args)); (got > time.Second) != long || got < time.Second {
			t.Errorf("Grace(%q) = %v, want more than a second: %v", args, got, long)
		}
	}
}
