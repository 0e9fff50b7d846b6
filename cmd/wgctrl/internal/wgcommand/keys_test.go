package wgcommand_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestGenerate checks the form of new keys and that no key repeats.
func TestGenerate(t *testing.T) {
	t.Parallel()
	canonical := regexp.MustCompile(`^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n$`)
	seen := make(map[string]bool)
	clamped := 0
	for range 20 {
		for _, word := range []string{"genkey", "genpsk"} {
			got := newMachine().run(t, word)
			if got.code != 0 || got.err != "" || !canonical.MatchString(got.out) || seen[got.out] {
				t.Fatalf("%s = %+v, want a new key and code 0", word, got)
			}
			seen[got.out] = true
			key, err := wgtypes.ParsePrivateKey(strings.TrimSuffix(got.out, "\n"))
			if err != nil {
				t.Fatal(err)
			}
			isClamped := key.Equal(key.Clamped())
			if word == "genkey" && !isClamped {
				t.Errorf("genkey = %q, want a clamped key", got.out)
			}
			if word == "genpsk" && isClamped {
				clamped++
			}
		}
	}
	if clamped == 20 {
		t.Errorf("genpsk: %d of 20 keys are clamped, want fewer", clamped)
	}
}

// TestGenerateIntoFile checks the warning if others can access the output file.
func TestGenerateIntoFile(t *testing.T) {
	t.Parallel()
	const warning = "Warning: writing to world accessible file.\nConsider setting the umask to 077 and trying again.\n"
	for mode, want := range map[fs.FileMode]string{
		0:                           "",
		0o600:                       "",
		0o660:                       "",
		0o604:                       warning,
		0o602:                       warning,
		0o601:                       warning,
		0o777:                       warning,
		fs.ModeNamedPipe | 0o666:    "",
		fs.ModeCharDevice | 0o666:   "",
		fs.ModeSetuid | 0o777:       warning,
		fs.ModeSocket | 0o777:       "",
		fs.ModeDevice | fs.ModePerm: "",
	} {
		m := newMachine()
		m.change = func(e *wgcommand.Env) { e.OutMode = mode }
		for _, word := range []string{"genkey", "genpsk"} {
			if got := m.run(t, word); got.code != 0 || got.err != want || len(got.out) != 45 {
				t.Errorf("%s into a file of mode %v = %+v, want a key and error %q", word, mode, got, want)
			}
		}
		if got := m.run(t, "help"); got.err != "" {
			t.Errorf("help into a file of mode %v = %+v, want no error", mode, got)
		}
	}
}

// TestPublicKey checks pubkey with valid and invalid private keys.
func TestPublicKey(t *testing.T) {
	t.Parallel()
	const format = "wg: Key is not the correct length or format\n"
	const trailing = "wg: Trailing characters found after key\n"
	const publicA = "fTSkgV+muYJTXmCvO9m0lVaBYIDxZB/4HSt8iugmikQ=\n"
	ok := func(out string) result { return result{out: out} }
	fails := func(text string) result { return result{err: text, code: 1} }
	for in, want := range map[string]result{
		keyA:                                    ok(publicA),
		keyA + "\n":                             ok(publicA),
		keyA + "\x00\n \t":                      ok(publicA),
		keyA + strings.Repeat("\n", 1<<16):      ok(publicA),
		strings.Repeat("A", 43) + "=":           ok("L+V9o0fNYkMVKNqsX7spBzD/9oSvxM/C7ZCZX1jLO3Q=\n"), // the zero key
		strings.Repeat("/", 41) + "w8=":         ok("g/wDqOu0E4wSShigeiolxIrFmFY7bs3SsuIm1ORLsV8=\n"), // not clamped
		"":                                      fails(format),
		"short\n":                               fails(format),
		keyA[:43]:                               fails(format),
		keyA[:43] + "\n":                        fails(format),
		strings.Repeat("A", 42) + "B=":          fails(format),
		strings.Repeat("/", 44):                 fails(format),
		strings.Repeat("A", 43) + "=x":          fails(trailing),
		" " + keyA:                              fails(trailing),
		keyA + "\n" + keyA:                      fails(trailing),
		strings.Repeat("_", 44) + "x":           fails(trailing),
		keyA + strings.Repeat(" ", 1<<16) + "x": fails(trailing),
	} {
		m := newMachine()
		m.stdin = in
		if got := m.run(t, "pubkey"); got != want {
			t.Errorf("pubkey of %.60q = %+v, want %+v", in, got, want)
		}
	}
}
