package wgcommand_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// TestKeyFile: files of keys. wg itself repeats what is wrong in them.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	const key, hex = keyB, hexB
	const length = "Invalid length key in key file\n"
	const trailing = "Found trailing character in key file: `(hidden)'\n"
	const format = "Key is not the correct length or format: `(hidden)'\n"
	for text, want := range map[string]string{
		key:                   "",
		key + "\n":            "",
		key + " \r\n\t\v\f\n": "",
		key[:43]:              length,
		"x":                   length,
		"\n":                  length,
		key + "x":             trailing,
		key + "\n\n " + key:   trailing,
		key + "\x00":          trailing,
		" " + key:             trailing,
		key[:43] + "\n":       format,
		key[:43] + "x":        format,
		key[:42] + "F=":       format, // not canonical
		"\x00" + key[:43]:     format,
		"_" + key[1:]:         format,
	} {
		w := newWorld("wg0", "")
		path := file(t, text)
		code, told := 1, ""
		if want == "" {
			code, told = 0, "private_key="+hex+"\n"
		}
		if got := w.run(t, "set", "wg0", "private-key", path); got != (result{err: want, code: code}) || w.devices["wg0"].requests() != told {
			t.Errorf("set private-key of %q = %+v, requests %q, want %+v, %q", text, got, w.devices["wg0"].requests(), result{err: want, code: code}, told)
		}
	}
}

// TestNoKey: nothing in a file clears a key.
func TestNoKey(t *testing.T) {
	t.Parallel()
	for _, path := range []string{os.DevNull, file(t, "")} {
		w := newWorld("wg0", "")
		got := w.run(t, "set", "wg0", "private-key", path, "peer", keyA, "preshared-key", path)
		want := "private_key=" + hexZero + "\n" + lines("A:", "preshared_key="+hexZero)
		if got != (result{}) || w.devices["wg0"].requests() != want {
			t.Errorf("set with the key file %s = %+v, requests %q, want %+v, %q", path, got, w.devices["wg0"].requests(), result{}, want)
		}
	}
}

// TestEmptyPipe: nothing in a pipe is no key.
func TestEmptyPipe(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("/proc/self/fd is Linux's")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	defer r.Close()
	world := newWorld("wg0", "")
	got := world.run(t, "set", "wg0", "private-key", filepath.Join("/proc/self/fd", strconv.Itoa(int(r.Fd()))))
	if want := (result{err: "Invalid length key in key file\n", code: 1}); got != want || world.devices["wg0"].requests() != "" {
		t.Errorf("set private-key of a pipe = %+v, requests %q, want %+v, none", got, world.devices["wg0"].requests(), want)
	}
}

// TestNoKeyFile: what cannot be opened, or read.
func TestNoKeyFile(t *testing.T) {
	t.Parallel()
	needTexts(t)
	dir := t.TempDir()
	for path, want := range map[string]string{
		"":                         "fopen: No such file or directory\n",
		filepath.Join(dir, "nope"): "fopen: No such file or directory\n",
		dir:                        "Invalid length key in key file\n",
	} {
		if got := newWorld("wg0", "").run(t, "set", "wg0", "private-key", path); got != (result{err: want, code: 1}) {
			t.Errorf("set private-key %q = %+v, want error %q and code 1", path, got, want)
		}
	}
}
