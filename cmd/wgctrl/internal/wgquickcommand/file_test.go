package wgquickcommand

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const stripped = "[Interface]\nListenPort = 7\n"

// TestSearch checks which file an argument names: that of the first directory which has
// it, or a path.
func TestSearch(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(second, "wg0.conf"), stripped)
	writeFile(t, filepath.Join(first, "wg1.conf"), stripped)
	writeFile(t, filepath.Join(second, "wg1.conf"), "[Interface]\nListenPort = x\n")
	writeFile(t, filepath.Join(first, "wg0.conf.conf"), stripped)
	env := testEnv(first)
	env.Dirs = append(env.Dirs, second)
	for _, arg := range []string{"wg0", "wg1", "wg0.conf", filepath.ToSlash(second) + "/wg0.conf"} {
		if r := run(t, env, "strip", arg); r.code != 0 || r.out != stripped+"\n" || r.errs != "" {
			t.Errorf("Run(strip %s) = %d, stdout %q, stderr %q, want 0, %q", arg, r.code, r.out, r.errs, stripped+"\n")
		}
	}
	for _, arg := range []string{"wg2", ".", "a-name-of-16-let", filepath.Join(first, "none.conf")} {
		path := arg
		if len(arg) < 16 {
			path = filepath.Join(first, arg+".conf")
		}
		want := "wg-quick: `" + path + "' does not exist\n"
		if r := run(t, env, "up", arg); r.code != 1 || r.errs != want {
			t.Errorf("Run(up %s) = %d, stderr %q, want 1, %q", arg, r.code, r.errs, want)
		}
	}
}

// TestFileName checks that the name of a file must be that of an interface.
func TestFileName(t *testing.T) {
	t.Parallel()
	dir := filepath.ToSlash(t.TempDir())
	const want = "wg-quick: The config file must be a valid interface name, followed by .conf\n"
	for _, name := range []string{"a-name-of-16-let.conf", "wg0.txt", "wg 0.conf", ".conf"} {
		path := dir + "/" + name
		writeFile(t, path, stripped)
		if r := run(t, testEnv(dir), "up", path); r.code != 1 || r.errs != want {
			t.Errorf("Run(up %s) = %d, stderr %q, want 1, %q", name, r.code, r.errs, want)
		}
	}
	if err := os.Mkdir(dir+"/d.conf", 0o700); err != nil {
		t.Fatal(err)
	}
	if r := run(t, testEnv(dir), "up", "d"); r.code != 1 || !strings.HasPrefix(r.errs, "wg-quick: read ") {
		t.Errorf("Run(up d) = %d, stderr %q, want 1 and that a directory cannot be read", r.code, r.errs)
	}
}

// TestWorldAccessible checks the warning about a file that all users can read or write:
// the permissions of its directory count, too.
func TestWorldAccessible(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no such permissions")
	}
	for _, test := range []struct {
		file, dir os.FileMode
		want      bool
	}{{0o644, 0o755, true}, {0o644, 0o700, false}, {0o602, 0o755, false}, {0o604, 0o701, false}, {0o600, 0o755, false}, {0o602, 0o777, true}} {
		dir := t.TempDir()
		path := writeFile(t, filepath.Join(dir, "wg0.conf"), stripped)
		for name, mode := range map[string]os.FileMode{path: test.file, dir: test.dir} {
			if err := os.Chmod(name, mode); err != nil {
				t.Fatal(err)
			}
		}
		want := ""
		if test.want {
			want = "Warning: `" + path + "' is world accessible\n"
		}
		if r := run(t, testEnv(dir), "strip", "wg0"); r.code != 0 || r.errs != want {
			t.Errorf("Run(strip wg0) of a file %o in %o = %d, stderr %q, want 0, %q", test.file, test.dir, r.code, r.errs, want)
		}
	}
}

// TestSaveConfig checks that strip, too, requires a valid SaveConfig.
func TestSaveConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for value, want := range map[string]string{"true": "", "FALSE # no": "", "yes": "wg-quick: `yes' is neither true nor false\n"} {
		writeFile(t, filepath.Join(dir, "wg0.conf"), "[Interface]\nSaveConfig = "+value+"\n")
		for _, verb := range []string{"strip", "down"} {
			r := run(t, testEnv(dir), verb, "wg0")
			if got := strings.ReplaceAll(r.errs, "wg-quick: no client\n", ""); got != want {
				t.Errorf("Run(%s wg0) with SaveConfig = %s: stderr %q, want %q", verb, value, got, want)
			}
		}
	}
}
