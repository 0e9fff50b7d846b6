package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// A cpioEntry is a file that readCpio finds in an archive.
type cpioEntry struct {
	mode uint64
	data string
}

// readCpio reads an archive as the kernel does. It returns the names in order.
func readCpio(t *testing.T, b []byte) (names []string, entries map[string]cpioEntry) {
	t.Helper()
	entries = make(map[string]cpioEntry)
	at := 0
	take := func(n int) string {
		if at+n > len(b) {
			t.Fatalf("the archive ends at %d, want %d more bytes at %d", len(b), n, at)
		}
		at += n
		return string(b[at-n : at])
	}
	align := func() { take(-at & 3) }
	inodes := make(map[uint64]bool)
	for {
		if magic := take(6); magic != "070701" {
			t.Fatalf("magic before %d is %q, want %q", at, magic, "070701")
		}
		var fields [13]uint64
		for i := range fields {
			n, err := strconv.ParseUint(take(8), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			fields[i] = n
		}
		name := take(int(fields[11]))
		if name[len(name)-1] != 0 {
			t.Fatalf("name is %q, want a NUL at its end", name)
		}
		name = name[:len(name)-1]
		align()
		data := take(int(fields[6]))
		align()
		if name == cpioTrailer {
			return names, entries
		}
		if inodes[fields[0]] {
			t.Errorf("%s has the inode %d of another file, want a new one", name, fields[0])
		}
		inodes[fields[0]] = true
		names = append(names, name)
		entries[name] = cpioEntry{fields[1], data}
	}
}

func TestCpioWriter(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	c := &cpioWriter{w: &b}
	want := make(map[string]cpioEntry)
	c.dir("d")
	want["d"] = cpioEntry{0o040755, ""}
	c.symlink("d/link", "../x")
	want["d/link"] = cpioEntry{0o120777, "../x"}
	// Names and contents of all lengths, for the padding of both.
	for n := range 9 {
		name, data := "d/"+"name-----"[:n+1], "content!!"[:n]
		c.file(name, 0o640, []byte(data))
		want[name] = cpioEntry{0o100640, data}
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	if b.Len()%4 != 0 {
		t.Errorf("the archive has %d bytes, want a multiple of 4", b.Len())
	}
	if _, got := readCpio(t, b.Bytes()); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// failingWriter returns another error for each call, the first one first.
type failingWriter struct{ errs []error }

func (w *failingWriter) Write([]byte) (int, error) {
	err := w.errs[0]
	w.errs = append(w.errs[1:], errors.New("write after an error"))
	return 0, err
}

func TestCpioWriterKeepsTheError(t *testing.T) {
	t.Parallel()
	want := errors.New("disk full")
	c := &cpioWriter{w: &failingWriter{[]error{want}}}
	c.file("x", 0o644, []byte("y"))
	if err := c.close(); err != want {
		t.Errorf("close() = %v, want %v", err, want)
	}
}

func TestImageWrite(t *testing.T) {
	t.Parallel()
	host := t.TempDir()
	if err := os.MkdirAll(filepath.Join(host, "testdata", "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"testdata/a": "A", "testdata/sub/b": "", "tool": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(host, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m := newImage()
	m.text("/etc/hosts", "replaced")
	m.text("etc/hosts", "hosts")
	m.add("/var/run", node{link: "/run"})
	m.add("/", node{})
	m.add("init", node{data: []byte("#!"), script: true})
	for from, to := range map[string]string{"testdata": "/src/x/testdata", "tool": "/src/tool"} {
		if err := m.copy(t.Context(), filepath.Join(host, from), to); err != nil {
			t.Fatal(err)
		}
	}
	names, got := readCpio(t, imageBytes(t, m))
	want := map[string]cpioEntry{
		"etc":                  {0o040755, ""},
		"etc/hosts":            {0o100644, "hosts"},
		"init":                 {0o100755, "#!"},
		"src":                  {0o040755, ""},
		"src/tool":             {0o100755, "#!/bin/sh\n"},
		"src/x":                {0o040755, ""},
		"src/x/testdata":       {0o040755, ""},
		"src/x/testdata/a":     {0o100755, "A"},
		"src/x/testdata/sub":   {0o040755, ""},
		"src/x/testdata/sub/b": {0o100755, ""},
		"var":                  {0o040755, ""},
		"var/run":              {0o120777, "/run"},
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !slices.IsSorted(names) {
		t.Errorf("the names are %q, want sorted names, so that a directory comes before its files", names)
	}
}

// TestImageRoot checks that files are added where the links of a root lead.
func TestImageRoot(t *testing.T) {
	t.Parallel()
	host := t.TempDir()
	for _, dir := range []string{"usr/bin", "usr/lib64"} {
		if err := os.MkdirAll(filepath.Join(host, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	for name, content := range map[string]string{"usr/bin/tool": string(exe), "usr/lib64/ld.so": "L"} {
		if err := os.WriteFile(filepath.Join(host, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"bin": "usr/bin", "lib64": "/usr/lib64", "usr/bin/other": "tool", "usr/absolute": "/usr/bin"} {
		if err := os.Symlink(target, filepath.Join(host, name)); err != nil {
			t.Fatal(err)
		}
	}
	m := newImage()
	if err := m.copyRoot(t.Context(), host); err != nil {
		t.Fatal(err)
	}
	m.folder("bin")
	m.folder("mnt")
	m.text("bin/busybox", "B")
	m.text("/lib64/deep/file", "F")
	m.text("bin/other", "replaced")
	m.text("usr/absolute/new", "N")
	_, got := readCpio(t, imageBytes(t, m))
	want := map[string]cpioEntry{
		"bin":                 {0o120777, "usr/bin"},
		"lib64":               {0o120777, "/usr/lib64"},
		"mnt":                 {0o040755, ""},
		"usr":                 {0o040755, ""},
		"usr/bin":             {0o040755, ""},
		"usr/bin/busybox":     {0o100644, "B"},
		"usr/absolute":        {0o120777, "/usr/bin"},
		"usr/bin/new":         {0o100644, "N"},
		"usr/bin/other":       {0o100644, "replaced"},
		"usr/bin/tool":        {0o100755, string(exe)},
		"usr/lib64":           {0o040755, ""},
		"usr/lib64/deep":      {0o040755, ""},
		"usr/lib64/deep/file": {0o100644, "F"},
		"usr/lib64/ld.so":     {0o100755, "L"},
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func imageBytes(t *testing.T, m *image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.write(&b); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}
