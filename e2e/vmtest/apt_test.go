package main

import (
	"slices"
	"testing"
)

const testList = `# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/security bookworm-security main # note
deb https://other.example/apt thing main
`

const testSources = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Enabled: no
URIs: http://off.example/debian
Suites: bookworm

URIs: http://inline.example/debian
Suites: sid
Signed-By: -----BEGIN
`

func TestParseSources(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		got, want []source
	}{
		{"list", parseList(testList), []source{
			{"http://mirror.example/debian", "bookworm", ""},
			{"http://mirror.example/security", "bookworm-security", "/k.gpg"},
			{"https://other.example/apt", "thing", ""},
		}},
		{"sources", parseSources(testSources), []source{
			{"http://mirror.example/debian", "bookworm", "/usr/share/keyrings/k.gpg"},
			{"http://mirror.example/debian", "bookworm-updates", "/usr/share/keyrings/k.gpg"},
			{"http://inline.example/debian", "sid", ""},
		}},
	}
	for _, test := range tests {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, test.got, test.want)
		}
	}
}

func TestSourcesFor(t *testing.T) {
	t.Parallel()
	machine := parseList(testList)
	suites := []string{"trixie", "trixie-security"}
	tests := []struct {
		name    string
		machine []source
		want    []source
		err     string
	}{
		{"both archives", machine, []source{
			{"http://mirror.example/debian", "trixie", ""},
			{"http://mirror.example/security", "trixie-security", "/k.gpg"},
		}, ""},
		{"no security archive", machine[:1], []source{{"http://mirror.example/debian", "trixie", ""}}, ""},
		{"by the suite's other name", []source{{"http://m.example", "stable", ""}}, []source{{"http://m.example", "trixie", ""}}, ""},
		{"another archive", machine[2:], nil, "no archive of Debian"},
	}
	for _, test := range tests {
		got, err := sourcesFor(test.machine, "bookworm", suites)
		if !slices.Equal(got, test.want) || !matches(err, test.err) {
			t.Errorf("%s: got %v, error %v; want %v, %q", test.name, got, err, test.want, test.err)
		}
	}
}

func TestKernelPackages(t *testing.T) {
	t.Parallel()
	const depends = `linux-image-cloud-amd64
  Depends: linux-modules-cloud-amd64
linux-modules-7.3.4+deb13-cloud-amd64
linux-base
linux-binary-7.3.4+deb13-cloud-amd64
 |Depends: kmod
<linux-initramfs-tool>
linux-binary-7.3.4+deb13-cloud-amd64
`
	want := []string{"linux-binary-7.3.4+deb13-cloud-amd64", "linux-modules-7.3.4+deb13-cloud-amd64"}
	if got := kernelPackages(depends); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want, err string }{
		{"wireguard-tools v1.0.20260223 - https://git.zx2c4.com/wireguard-tools/\n", "wireguard-tools v1.0.20260223", ""},
		{"wireguard-tools v1.1.20270101\n", "wireguard-tools v1.1.20270101", ""},
		{"wireguard-tools v1.0.20250521 - x\n", "", "is older than v1.0.20260223"},
		{"wg 2\n", "", `unexpected version of wg "wg 2\n"`},
		{"", "", "unexpected version of wg"},
	}
	for _, test := range tests {
		if got, err := parseVersion(test.line); got != test.want || !matches(err, test.err) {
			t.Errorf("%q: got %q, error %v; want %q, %q", test.line, got, err, test.want, test.err)
		}
	}
}

func TestParseLdd(t *testing.T) {
	t.Parallel()
	const list = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n\t/lib64/ld.so (0x00007f)\n"
	got, err := parseLdd(list)
	if want := []string{"/lib/libc.so.6", "/lib64/ld.so"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, error %v; want %q", got, err, want)
	}
	if _, err := parseLdd("\tlibgone.so.1 => not found\n"); !matches(err, "libgone.so.1 is not installed") {
		t.Errorf("parseLdd of a missing library = %v, want error with %q", err, "libgone.so.1 is not installed")
	}
}

func TestParseArchive(t *testing.T) {
	t.Parallel()
	files, err := parseArchive("-- 6.1/a.txt --\n# x\n-- y\n-- b --\n")
	want := []archived{{"6.1/a.txt", "# x\n-- y\n"}, {"b", ""}}
	if err != nil || !slices.Equal(files, want) {
		t.Errorf("got %q, error %v; want %q", files, err, want)
	}
	for text, want := range map[string]string{
		"stray\n":            "unexpected line",
		"-- ../../x --\n":    "unexpected file name",
		"-- /etc/hosts --\n": "unexpected file name",
	} {
		if _, err := parseArchive(text); !matches(err, want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
