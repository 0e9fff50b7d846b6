package wgcommand_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// TestKeyFile checks key files and the messages for them, which do not quote their
// content. (wg quotes it.)
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
		m := newMachine("wg0", "")
		path := file(t, text)
		code, requests := 1, ""
		if want == "" {
			code, requests = 0, "private_key="+hex+"\n"
		}
		if got := m.run(t, "set", "wg0", "private-key", path); got != (result{err: want, code: code}) || m.devices["wg0"].requests() != requests {
			t.Errorf("set private-key of %q = %+v, requests %q, want %+v, %q", text, got, m.devices["wg0"].requests(), result{err: want, code: code}, requests)
		}
	}
}

// TestEmptyKeyFile checks that an empty key file removes the key.
func TestEmptyKeyFile(t *testing.T) {
	t.Parallel()
	for _, path := range []string{os.DevNull, file(t, "")} {
		m := newMachine("wg0", "")
		got := m.run(t, "set", "wg0", "private-key", path, "peer", keyA, "preshared-key", path)
		want := "private_key=" + hexZero + "\n" + lines("A:", "preshared_key="+hexZero)
		if got != (result{}) || m.devices["wg0"].requests() != want {
			t.Errorf("set with the key file %s = %+v, requests %q, want %+v, %q", path, got, m.devices["wg0"].requests(), result{}, want)
		}
	}
}

// TestEmptyPipe checks that an empty pipe is an error.
func TestEmptyPipe(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc/self/fd")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	defer r.Close()
	m := newMachine("wg0", "")
	got := m.run(t, "set", "wg0", "private-key", filepath.Join("/proc/self/fd", strconv.Itoa(int(r.Fd()))))
	if want := (result{err: "Invalid length key in key file\n", code: 1}); got != want || m.devices["wg0"].requests() != "" {
		t.Errorf("set private-key of a pipe = %+v, requests %q, want %+v, none", got, m.devices["wg0"].requests(), want)
	}
}

// TestUnreadableKeyFile checks files that cannot be opened or read.
func TestUnreadableKeyFile(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	dir := t.TempDir()
	for path, want := range map[string]string{
		"":                         "fopen: No such file or directory\n",
		filepath.Join(dir, "nope"): "fopen: No such file or directory\n",
		dir:                        "Invalid length key in key file\n",
	} {
		if got := newMachine("wg0", "").run(t, "set", "wg0", "private-key", path); got != (result{err: want, code: 1}) {
			t.Errorf("set private-key %q = %+v, want error %q and code 1", path, got, want)
		}
	}
}
