package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestUntrustedPaths checks that file names with escape sequences reach neither the
// output nor the errors of any command.
func TestUntrustedPaths(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("file names have no control characters")
	}
	_, flags := newSocketDir(t)
	const hostile = "\x1b]0;x\u009b\n"
	dir := t.TempDir()
	wrong := filepath.Join(dir, "wrong"+hostile)
	if err := os.WriteFile(wrong, []byte("[Interface]\nListenPort=x\n[Peer]\nPublicKey="+watchedPeer.String()+"\nEndpoint=h\x1b[2J:1\n"), 0o604); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing"+hostile)
	var shared []string // two files with one private key
	for _, name := range []string{"a", "b"} {
		shared = append(shared, filepath.Join(dir, name+hostile))
		if err := os.WriteFile(shared[len(shared)-1], []byte("[Interface]\nPrivateKey = "+watchedPeer.String()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		append([]string{"check"}, shared...), {"check", wrong}, {"check", "--wg", wrong}, {"check", missing}, {"sync", "wg0", wrong}, {"sync", "wg0", missing},
		{"setconf", "wg0", wrong}, {"setconf", "wg0", missing}, {"set", "wg0", "private-key", wrong}, {"set", "wg0", "private-key", missing},
		{"strip", missing}, {"fmt", missing}, {"top", "--interval", "10ms", "--names", missing},
		{"--netns", missing, "show"}, {"--socket-dir", missing}, {hostile}, {"help", hostile}, {"completion", hostile},
		{"show", "w" + hostile}, {"show", "w\x1b[m"}, {"watch", "--interval", hostile}, {"--backend", hostile}, {"--" + hostile},
		{"set", "wg0", hostile, "1"}, {"set", "wg0", "listen-port", hostile}, {"set", "wg0", "--" + hostile}, {"show", "wg0", hostile}, {"version", hostile},
	} {
		_, out, errs := runCommand(t, append(flags, args...)...)
		if text := out + errs; text == "" || strings.ContainsAny(text, "\x1b\u009b") {
			t.Errorf("Run(%q) prints %q, want a text without escape sequences", args, text)
		}
	}
}
