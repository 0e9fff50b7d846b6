package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestDebianCodename(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "os-release")
	for text, want := range map[string]struct{ codename, err string }{
		"ID=debian\nVERSION_CODENAME=trixie\n":       {"trixie", ""},
		"VERSION_CODENAME=\"trixie\"\nID=\"debian\"": {"trixie", ""},
		"ID=ubuntu\nVERSION_CODENAME=noble\n":        {"", `runs "ubuntu", not Debian`},
		"ID=debian\n":                                {"", "has no VERSION_CODENAME"},
	} {
		writeTestFile(t, file, text)
		if got, err := debianCodename(file); got != want.codename || !matches(err, want.err) {
			t.Errorf("debianCodename(%q) = %q, %v, want %q, %q", text, got, err, want.codename, want.err)
		}
	}
	if _, err := debianCodename(file + ".absent"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("debianCodename() of a missing file = %v, want os.ErrNotExist", err)
	}
}

func writeTestFile(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// filesIn returns the names in a directory.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestBuild checks that build replaces the directory as a whole, keeps it after an error,
// and leaves nothing else behind.
func TestBuild(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kernels")
	final := filepath.Join(dir, "6.1")
	create := func(name string, err error) func(string) (string, error) {
		return func(tmp string) (string, error) {
			writeTestFile(t, filepath.Join(tmp, "built", name), "")
			writeTestFile(t, filepath.Join(tmp, "other"), "")
			return filepath.Join(tmp, "built"), err
		}
	}
	failed := errors.New("failed")
	for _, step := range []struct {
		name string
		err  error
		want []string
	}{{"old", nil, []string{"old"}}, {"bad", failed, []string{"old"}}, {"new", nil, []string{"new"}}} {
		if err := build(final, create(step.name, step.err)); err != step.err {
			t.Errorf("build(%s) = %v, want %v", step.name, err, step.err)
		}
		if got := filesIn(t, final); !slices.Equal(got, step.want) {
			t.Errorf("after build(%s) the directory has %q, want %q", step.name, got, step.want)
		}
		if got := filesIn(t, dir); !slices.Equal(got, []string{"6.1"}) {
			t.Errorf("after build(%s) its parent has %q, want only 6.1", step.name, got)
		}
	}
}

// TestOpenKernel checks that a kernel is not complete without any of its files.
func TestOpenKernel(t *testing.T) {
	t.Parallel()
	files := []string{"release", "vmlinuz", "modules/modules.dep"}
	for missing := range len(files) + 1 {
		dir := t.TempDir()
		for i, file := range files {
			if i != missing {
				writeTestFile(t, filepath.Join(dir, file), "6.1.0-1-cloud-amd64\n")
			}
		}
		k, err := openKernel(dir)
		if complete := missing == len(files); (err == nil) != complete || complete && k.release != "6.1.0-1-cloud-amd64" {
			t.Errorf("openKernel() without file %d = %+v, %v, want an error: %t", missing, k, err, !complete)
		}
	}
}

// TestMachineArgs checks the arguments of QEMU that guests depend on.
func TestMachineArgs(t *testing.T) {
	t.Parallel()
	for _, counted := range []bool{false, true} {
		args := machine{kernel: "K", initrd: "I", accel: "tcg", memory: 512, counted: counted}.args()
		for _, want := range [][]string{
			{"-kernel", "K"}, {"-initrd", "I"}, {"-accel", "tcg"}, {"-m", "512"}, {"-cpu", "max,-cx16,-erms,-fsrm"},
		} {
			if i := slices.Index(args, want[0]); i < 0 || args[i+1] != want[1] {
				t.Errorf("args() = %q, want %q", args, want)
			}
		}
		if got := slices.Contains(args, "-icount"); got != counted {
			t.Errorf("args() with counted = %t has -icount: %t", counted, got)
		}
	}
}
