package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

// TestCheckMode checks that any access for others is reported, and no other mode.
func TestCheckMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	path := filepath.Join(t.TempDir(), "wg0.conf")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]bool{
		0o600: false, 0o640: false, 0o660: false, 0o670: false, 0o400: false, 0o601: true, 0o602: true, 0o604: true, 0o644: true, 0o777: true,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		got := exposedText(path)
		wantText := ""
		if want {
			wantText = fmt.Sprintf("%s: warning: file is accessible to everyone (mode %04o) and may contain private keys; run: chmod 600 %s\n", path, mode, path)
		}
		if got != wantText {
			t.Errorf("exposed of mode %04o = %q, want %q", mode, got, wantText)
		}
	}
	for _, path := range []string{"-", filepath.Dir(path), filepath.Join(path, "x")} {
		if got := exposedText(path); got != "" {
			t.Errorf("exposed(%q) = %q, want nothing", path, got)
		}
	}
}

// exposedText returns what check prints about the mode of a file.
func exposedText(path string) string {
	if p, ok := exposed(path); ok {
		return p.String() + "\n"
	}
	return ""
}

// TestIsKey checks which files contain only a key.
func TestIsKey(t *testing.T) {
	t.Parallel()
	const key = "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA="
	for text, want := range map[string]bool{
		key: true, key + "\n": true, "\n " + key + " \r\n\n": true,
		"": false, key[1:]: false, key + "\n" + key: false, key + " " + key: false, "PrivateKey = " + key: false, "# x\n" + key: false, "\n\n": false,
	} {
		if got := isKey(wgconf.Parse("f", []byte(text))); got != want {
			t.Errorf("isKey(%q) = %v, want %v", text, got, want)
		}
	}
}

// TestOwnKey checks which key of a file counts: the last valid one.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	const (
		keyA = "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA="
		keyB = "EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA="
		zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	)
	want, _ := ownKey(wgconf.Parse("f", []byte("[Interface]\nPrivateKey = "+keyB)))
	for text, line := range map[string]int{
		"[Interface]\nPrivateKey = " + keyB:                                                              2,
		"[Interface]\nPrivateKey = " + keyA + "\n\nPrivateKey = " + keyB + "\n":                          4,
		"[Interface]\nprivatekey=" + keyB + " # x\nPrivateKey = x\nPrivateKey = " + zero + "\n":          2,
		"[Interface]\nAddress = 10.0.0.1\nPrivate Key = " + strings.Replace(keyB, "AA", "A A", 1) + "\n": 3,
	} {
		if got, number := ownKey(wgconf.Parse("f", []byte(text))); got != want || number != line || got.IsZero() {
			t.Errorf("ownKey(%q) = %v, %d, want %v, %d", text, got, number, want, line)
		}
	}
	for _, text := range []string{"", "PrivateKey = " + keyA, "[Peer]\nPrivateKey = " + keyA, "[Interface]\nPrivateKey = " + zero, "[Interface]\nPublicKey = " + keyA} {
		if got, number := ownKey(wgconf.Parse("f", []byte(text))); !got.IsZero() || number != 0 {
			t.Errorf("ownKey(%q) = %v, %d, want none", text, got, number)
		}
	}
}
