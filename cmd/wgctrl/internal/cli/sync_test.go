package cli

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"weak"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestWGIsNotStrict checks that the rules for files that only wgctrl has do not
// apply under the name wg.
func TestWGIsNotStrict(t *testing.T) {
	t.Parallel()
	if env := asWG("wg", Streams{}); env.Strict || env.AllowEmpty || env.Clean != nil || env.Explain != nil {
		t.Errorf("asWG() = Strict %t, AllowEmpty %t, Clean %t, Explain %t, want none", env.Strict, env.AllowEmpty, env.Clean != nil, env.Explain != nil)
	}
}

// TestIgnoreQuick checks that sync reports the errors of every key of wg-quick(8) and
// returns only those of other lines.
func TestIgnoreQuick(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"Address = x", "DNS = [::1]", "MTU = x", "Table = a b", "SaveConfig = x",
		"PreUp = a \\\n b", "PostUp = a \\\n b", "PreDown = a \\\n b", "PostDown = a \\\n b",
	} {
		for other, want := range map[string]string{"": "", "ListenPort = x\n": "ListenPort", "Unknown = 5\n": "Unknown"} {
			text := "[Interface]\n" + line + "\n" + other
			_, err := wgconf.Parse("a\x1bb", []byte(text)).Settings(wgconf.DialectWGQuick)
			var out strings.Builder
			got := ignoreQuick(&out, err)
			key, _, _ := strings.Cut(line, " ")
			if (got == nil) != (want == "") || got != nil && (!strings.Contains(got.Error(), want) || strings.Contains(got.Error(), key)) {
				t.Errorf("ignoreQuick() of %q = %v, want only errors of %q", text, got, want)
			}
			if !strings.HasPrefix(out.String(), "wgctrl: ignored: a?b:") || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), key) {
				t.Errorf("ignoreQuick() of %q prints %q, want a line about %s", text, out.String(), key)
			}
		}
	}
	var out strings.Builder
	if err := ignoreQuick(&out, nil); err != nil || out.Len() > 0 {
		t.Errorf("ignoreQuick(nil) = %v, output %q, want nil and nothing", err, out.String())
	}
}

// TestPeerNameFreesSettings checks that the function that names peers does not keep the
// settings of the file in memory.
func TestPeerNameFreesSettings(t *testing.T) {
	t.Parallel()
	f := &syncFile{settings: new(wgconf.Settings), names: func() map[wgtypes.PublicKey]string { return nil }}
	settings := weak.Make(f.settings)
	name := f.peerName("wg0", fileNames{})
	runtime.GC()
	if got := settings.Value(); got != nil {
		t.Errorf("settings after peerName = %v, want nil", got)
	}
	runtime.KeepAlive(name)
}

// TestFormatCancelled checks that fmt -w changes nothing after the end of its
// context.
func TestFormatCancelled(t *testing.T) {
	t.Parallel()
	const text = "[interface]\n"
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	code := Run(ctx, []string{"fmt", "-w", path}, Streams{In: strings.NewReader(""), Out: &out, Err: &out})
	if got, err := os.ReadFile(path); code == exitOK || string(got) != text || err != nil {
		t.Errorf("fmt -w with an ended context = %d, the file is %q, %v, want a failure and %q", code, got, err, text)
	}
}

// TestSyncReadsOnce checks that sync reads the device once, whether it changes it or not.
func TestSyncReadsOnce(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("pipes have a fixed place")
	}
	const state = "private_key=0800000000000000000000000000000000000000000000000000000000000040\nlisten_port=51820\nfwmark=7\n" +
		"public_key=0100000000000000000000000000000000000000000000000000000000000000\nprotocol_version=1\n"
	dir := wgtest.SocketDir(t)
	write := func(name, mark string) string {
		path := filepath.Join(t.TempDir(), name)
		text := "[Interface]\nFwMark = " + mark + "\n[Peer]\nPublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	same, other := write("wg0.conf", "7"), write("other.conf", "8")
	var mu sync.Mutex
	var gets, sets int
	stop, err := testutil.ServeSocket(dir, "wg0", func(c net.Conn) {
		defer c.Close()
		testutil.ServeRequests(c, func(request string) ([]byte, bool) {
			mu.Lock()
			defer mu.Unlock()
			if strings.HasPrefix(request, "get=1\n") {
				gets++
				return []byte(state + "errno=0\n\n"), true
			}
			sets++
			return []byte("errno=0\n\n"), true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for _, test := range []struct {
		args string
		sets int
	}{
		{"wg0 " + same, 0}, {"wg0 " + same + " --json", 0}, {"wg0 " + other + " --dry-run", 0}, {"wg0 " + other + " --json --dry-run", 0},
		{"wg0 " + other + " -v", 1}, {"--all " + filepath.Dir(same), 0},
	} {
		var out strings.Builder
		args := append([]string{"--socket-dir", dir, "--backend", "userspace", "sync"}, strings.Fields(test.args)...)
		code := Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &out})
		mu.Lock()
		if code != exitOK || gets != 1 || sets != test.sets {
			t.Errorf("sync %s = %d after %d gets and %d sets, want 0, 1 and %d; output: %s", test.args, code, gets, sets, test.sets, out.String())
		}
		gets, sets = 0, 0
		mu.Unlock()
	}
}

// TestSyncKeepsChosenMark checks that sync keeps the mark that up and wg-quick(8) choose
// for a default route, and removes another one that the file does not set.
func TestSyncKeepsChosenMark(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("pipes have a fixed place")
	}
	dir := wgtest.SocketDir(t)
	const state = "listen_port=51820\nfwmark=51820\n" +
		"public_key=0100000000000000000000000000000000000000000000000000000000000000\nprotocol_version=1\nallowed_ip="
	for device, allowed := range map[string]string{"wg0": "0.0.0.0/0", "wg1": "0.0.0.0/1"} {
		stop, err := testutil.ServeSocket(dir, device, func(c net.Conn) {
			defer c.Close()
			testutil.ServeRequests(c, func(string) ([]byte, bool) { return []byte(state + allowed + "\nerrno=0\n\n"), true })
		})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
	}
	for _, test := range []struct{ device, file, want string }{
		{"wg0", "[Peer]\nAllowedIPs = 0.0.0.0/0\n", "wg0: nothing to change\n"},
		{"wg0", "[Interface]\nFwMark = off\n[Peer]\nAllowedIPs = 0.0.0.0/0\n", "wg0:\n  ~ fwmark: 0xca6c -> off\nwg0: 1 setting changed; 1 peer unchanged (dry run)\n"},
		{"wg1", "[Peer]\nAllowedIPs = 0.0.0.0/1\n", "wg1:\n  ~ fwmark: 0xca6c -> off\nwg1: 1 setting changed; 1 peer unchanged (dry run)\n"},
	} {
		in := strings.NewReader(test.file + "PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
		var out, errs strings.Builder
		code := Run(t.Context(), []string{"--socket-dir", dir, "--backend", "userspace", "sync", test.device, "-", "--dry-run"}, Streams{In: in, Out: &out, Err: &errs})
		if code != exitOK || out.String() != test.want || errs.String() != "" {
			t.Errorf("sync %s with %q = %d, %q, %q, want 0 and %q", test.device, test.file, code, out.String(), errs.String(), test.want)
		}
	}
}
