package wgconf_test

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

// TestTooManyErrors checks that errors and warnings beyond 1000 are only counted.
func TestTooManyErrors(t *testing.T) {
	t.Parallel()
	const listed, lines = 1000, 1234
	for name, test := range map[string]struct {
		text      string
		errs, all string // the last error and the last problem
	}{
		"unrecognized": {strings.Repeat("x\n", lines), "f: too many errors: and 234 more", "f: too many errors: and 234 more"},
		"invalid values": {
			"[Interface]\nPrivateKey = " + privateText + "\n" + strings.Repeat("MTU = x\n", lines),
			"f: too many errors: and 234 more", "f: warning: too many warnings: and 233 more",
		},
		"no public key": {
			"[Interface]\nPrivateKey = " + privateText + "\n" + strings.Repeat("[Peer]\nAllowedIPs = 192.0.2.1\n", lines),
			"f: too many errors: and 234 more", "f: too many errors: and 234 more",
		},
		"just enough":   {strings.Repeat("x\n", listed), `f:1000: unrecognized line: "x" is outside of a section: must follow [Interface] or [Peer]`, ""},
		"continuations": {"[Interface]\n" + strings.Repeat("MTU = 1 \\\nx\n", lines), "f: too many errors: and 234 more", ""},
	} {
		file := wgconf.Parse("f", []byte(test.text))
		_, err := file.Settings(wgconf.DialectWGQuick)
		errs := unwrap(err)
		if got := errs[len(errs)-1].Error(); got != test.errs {
			t.Errorf("%s: last error = %q, want %q", name, got, test.errs)
		}
		want := listed
		if strings.Contains(test.errs, "more") {
			want++
		}
		if len(errs) != want || errors.Is(err, wgconf.ErrTooMany) != (want > listed) {
			t.Errorf("%s: %d errors, ErrTooMany %v, want %d", name, len(errs), errors.Is(err, wgconf.ErrTooMany), want)
		}
		all := file.Check(wgconf.DialectWGQuick)
		if got := all[len(all)-1].Error(); test.all != "" && got != test.all {
			t.Errorf("%s: last problem = %q, want %q", name, got, test.all)
		}
		if len(all) > 2*listed+2 {
			t.Errorf("%s: Check returned %d problems, want at most %d", name, len(all), 2*listed+2)
		}
	}
}

// TestTooLarge checks that a file beyond the limits has one error, and no values.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	const own = "[Interface]\nListenPort = 1\n"
	named := own + "[Peer] # x\nPublicKey = " + keyA + "\n"
	fill := func(n int) string { return named + strings.Repeat(" ", n-len(named)) }
	peers := func(n int) string { return own + strings.Repeat("[Peer]#x\n", n) }
	for name, test := range map[string]struct{ text, want string }{
		"size":  {fill(wgconf.MaxSize + 1), "f: file too large: must be at most 64 MiB"},
		"peers": {peers(1<<20 + 1), "f: file too large: must have at most 1048576 peers"},
	} {
		file := wgconf.Parse("f", []byte(test.text))
		s, err := file.Settings(wgconf.DialectWG)
		if errs := unwrap(err); len(errs) != 1 || errs[0].Error() != test.want || !errors.Is(err, wgconf.ErrTooLarge) || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: Settings = %v, want %q", name, err, test.want)
		}
		if s.Interface.ListenPort != nil || len(s.Peers) > 0 {
			t.Errorf("%s: Settings has values, want none", name)
		}
		if all := file.Check(wgconf.DialectWG); len(all) != 1 || all[0].Error() != test.want {
			t.Errorf("%s: Check = %v, want %q", name, all, test.want)
		}
		if names := file.PeerNames(); len(names) > 0 {
			t.Errorf("%s: PeerNames = %v, want none", name, names)
		}
	}
	s, err := wgconf.Parse("f", []byte(fill(wgconf.MaxSize))).Settings(wgconf.DialectWG)
	if err != nil || s.Interface.ListenPort == nil {
		t.Errorf("Settings of %d bytes = %v, want no error and a port", wgconf.MaxSize, err)
	}
	s, _ = wgconf.Parse("f", []byte(peers(1<<20))).Settings(wgconf.DialectWG)
	if len(s.Peers) != 1<<20 {
		t.Errorf("Settings of %d peers has %d, want all", 1<<20, len(s.Peers))
	}
}

// TestMemory checks that a file and what is read of it take a small multiple of the
// file's size, whatever the file. It is not parallel, so that no other test allocates.
func TestMemory(t *testing.T) {
	const size, most = 2 << 20, 20
	inUse := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for name, line := range map[string]string{
		"unrecognized":  "x\n",
		"invalid":       "[Interface]\nMTU=x\n",
		"peers":         "[Peer]\n",
		"comments":      "# Name = x\n",
		"loose":         "[Peer]\nPublicKey = " + keyA + "\n" + strings.Repeat("\n# x\n", size/7),
		"lists":         "[Peer]\nAllowedIPs=::\n",
		"long lists":    "[Peer]\nAllowedIPs=" + strings.Repeat("::/0,", size/5) + "::",
		"continuations": "[Interface]\nPostUp=\\\nx\nx\n",
	} {
		text := []byte(strings.Repeat(line, max(size/len(line), 1)))
		for what, read := range map[string]func(*wgconf.File) any{
			"Settings":  func(f *wgconf.File) any { s, err := f.Settings(wgconf.DialectWGQuick); return []any{s, err} },
			"Check":     func(f *wgconf.File) any { return f.Check(wgconf.DialectWGQuick) },
			"PeerNames": func(f *wgconf.File) any { return f.PeerNames() },
		} {
			before := inUse()
			file := wgconf.Parse("f", text)
			result := read(file)
			times := (inUse() - before) / size
			if times > most {
				t.Errorf("%s of %d bytes of %s: %.1f times as much memory, want at most %d", what, size, name, times, most)
			}
			runtime.KeepAlive(result)
			runtime.KeepAlive(file)
		}
	}
}

// TestQuotes checks that an error quotes a value as long as an endpoint can be, and
// not more.
func TestQuotes(t *testing.T) {
	t.Parallel()
	host := strings.Repeat("host-name.", 25)
	const start, longest = 48, 262
	for value, want := range map[string]string{
		host + "x":                fmt.Sprintf("invalid Endpoint %q: missing port: must be HOST:PORT", host+"x"),
		(host + host)[:longest]:   fmt.Sprintf("invalid Endpoint %q: missing port: must be HOST:PORT", (host + host)[:longest]),
		(host + host)[:longest+1]: fmt.Sprintf("invalid Endpoint %q...: missing port: must be HOST:PORT", host[:start]),
		host + host + "x":         fmt.Sprintf("invalid Endpoint %q...: missing port: must be HOST:PORT", host[:start]),
		strings.Repeat("\x01", 9): `invalid Endpoint "\x01\x01\x01\x01\x01\x01\x01\x01\x01": must not contain white space or control characters`,
	} {
		_, err := wgconf.ParseEndpoint(value)
		if err == nil || err.Error() != want {
			t.Errorf("ParseEndpoint(%q) = %v, want %q", value, err, want)
		}
	}
}
