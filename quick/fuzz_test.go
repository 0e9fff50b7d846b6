//go:build unix

package quick

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

// FuzzFile checks for every file: up and down leave the machine as it was, a reload to
// the file leaves what up would, and the commands have no word of the file that looks
// like another line.
func FuzzFile(f *testing.F) {
	files, err := filepath.Glob("testdata/plan/*.conf")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(testFile(f, filepath.Base(file)))
	}
	f.Add(twoPeers)
	f.Add(hookedDefaults)
	f.Fuzz(func(t *testing.T, text string) {
		file := wgconf.Parse("wg0.conf", []byte(text))
		settings, err := file.Settings(wgconf.DialectWGQuick)
		if err != nil || namesHost(settings) {
			return
		}
		tunnel := &Tunnel{Name: "wg0", Path: "wg0.conf", File: file, Settings: settings}
		want := newMachine()
		dir := t.TempDir()
		sys := want.system(dir)
		sys.onStep = func(s Step) { checkStep(t, s) }
		if err := sys.up(t.Context(), tunnel, settings); err != nil {
			checkClean(t, "a failed up", want, newMachine())
			return
		}
		down := want.clone(t)
		if err := down.system(dir).down(t.Context(), tunnel); err != nil && !strings.Contains(err.Error(), "fail") {
			t.Errorf("down = %v, want nil", err)
		} else if err == nil {
			checkClean(t, "down", down, newMachine())
		}
		if settings.Interface.PrivateKey == nil && len(settings.Peers) == 0 {
			return
		}
		got := newMachine()
		sys = got.system(t.TempDir())
		// Reload cannot clear the endpoint of a peer that stays.
		up(t, sys, strings.NewReplacer("AELC", "BBBB", "Czs6", "CCCC").Replace(twoPeers))
		if err := sys.reload(t.Context(), tunnel, settings); err != nil {
			t.Errorf("reload = %v, want nil, as up", err)
			return
		}
		if settings.Interface.PrivateKey == nil {
			return // reload keeps the key
		}
		want.Settings[srcValidMark] = got.Settings[srcValidMark]
		if diff := got.normalized(t).diff(want.normalized(t)); diff != "" {
			t.Errorf("machine after reload (-want +got):\n%s", diff)
		}
	})
}

// namesHost reports whether an endpoint is a host name, which has to be resolved first.
func namesHost(s *wgconf.Settings) bool {
	for _, p := range s.Peers {
		if _, ok := p.Endpoint.AddrPort(); p.Endpoint.Host != "" && !ok {
			return true
		}
	}
	return false
}

// checkStep checks that the text of a step is one line.
func checkStep(t *testing.T, s Step) {
	t.Helper()
	if s.item.Kind == kindHook {
		return
	}
	if lines := s.String() + s.Command(); strings.ContainsAny(lines, "\n\r\x00;&|$`") {
		t.Errorf("step %q has the command %q, want no characters of a shell", s, s.Command())
	}
}
