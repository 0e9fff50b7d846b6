package dns_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
)

// TestRealPrograms runs the resolvconf of two packages of Debian in a folder.
// WGTEST_RESOLVCONF names a folder in which they are unpacked:
//
//	apt-get download openresolv resolvconf
//	for p in openresolv resolvconf; do dpkg -x $p*.deb $p; done
func TestRealPrograms(t *testing.T) {
	t.Parallel()
	packages := os.Getenv("WGTEST_RESOLVCONF")
	if packages == "" {
		t.Skip("WGTEST_RESOLVCONF is not set")
	}
	for _, tt := range []struct {
		name, record string
		want, after  []string // lines of resolv.conf while the record exists, and then
		split        []string // lines of resolv.conf with split DNS
	}{
		{
			"openresolv", "wg0",
			[]string{"search example.com lan", "nameserver 10.0.0.1", "nameserver fd00::1"}, []string{"nameserver 192.168.7.1"},
			// Without a local resolver, it uses neither the servers nor the domains.
			[]string{"nameserver 192.168.7.1"},
		},
		// Debian's resolvconf also keeps the server of the local network.
		{
			"resolvconf", "tun.wg0",
			[]string{"search example.com lan", "nameserver 10.0.0.1", "nameserver fd00::1", "nameserver 192.168.7.1"},
			[]string{"nameserver 192.168.7.1"},
			[]string{"search example.com lan", "nameserver 10.0.0.1", "nameserver fd00::1", "nameserver 192.168.7.1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := installReal(t, filepath.Join(packages, tt.name))
			lan := dns.Config{Servers: parseAddrs("192.168.7.1")}
			if err := s.Set(t.Context(), dns.Record{Program: "resolvconf", Name: "eth0"}, lan); err != nil {
				t.Fatal(err)
			}
			r, err := s.Find(t.Context(), "wg0", config)
			if err != nil {
				t.Fatal(err)
			}
			if r.Name != tt.record {
				t.Errorf("Find = %v, want the name %s", r, tt.record)
			}
			if err := s.Set(t.Context(), r, config); err != nil {
				t.Fatalf("Set(%v) = %v, want no error", r, err)
			}
			expectResolvConf(t, s, tt.want)
			split := config
			split.Split = true
			if err := s.Set(t.Context(), r, split); err != nil {
				t.Fatalf("Set(%v) with split DNS = %v, want no error", r, err)
			}
			expectResolvConf(t, s, tt.split)
			if err := s.Remove(t.Context(), r); err != nil {
				t.Fatalf("Remove(%v) = %v, want no error", r, err)
			}
			expectResolvConf(t, s, tt.after)
			if err := s.Remove(t.Context(), r); err != nil {
				t.Errorf("second Remove(%v) = %v, want no error", r, err)
			}
		})
	}
}

// installReal copies a package to a folder, and changes the paths in its programs.
func installReal(t *testing.T, from string) dns.System {
	t.Helper()
	root := t.TempDir()
	paths := regexp.MustCompile(`(^|[^\w.}/])/(etc|run|lib)/(resolv)`)
	for _, dir := range []string{"sbin", "etc", "lib"} {
		err := filepath.WalkDir(filepath.Join(from, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			to := filepath.Join(root, strings.TrimPrefix(path, from))
			if d.IsDir() {
				return os.MkdirAll(to, 0o700)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = paths.ReplaceAll(text, []byte("${1}"+root+"/${2}/${3}"))
			for _, variable := range []string{"ETC=", "SYSCONFDIR="} {
				text = []byte(strings.ReplaceAll(string(text), variable+"/etc", variable+root+"/etc"))
			}
			return os.WriteFile(to, text, 0o700)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"run/resolvconf", "run/resolvconf/interface"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s := dns.System{Path: filepath.Join(root, "sbin") + ":" + os.Getenv("PATH"), Root: root}
	if strings.HasSuffix(from, "resolvconf") {
		// Its resolv.conf is a symbolic link, and it makes the file only after this.
		if err := os.Symlink(filepath.Join(root, "run/resolvconf/resolv.conf"), filepath.Join(root, "etc/resolv.conf")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "run/resolvconf/enable-updates"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// expectResolvConf compares resolv.conf, without comments and empty lines.
func expectResolvConf(t *testing.T, s dns.System, want []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Root, "etc/resolv.conf"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			got = append(got, line)
		}
	}
	// The order of the keywords has no meaning.
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("resolv.conf = %q, want %q", got, want)
	}
}
