package wgcommand_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// TestDescriptors checks that commands leave no file, directory or connection open.
func TestDescriptors(t *testing.T) { // not parallel: it counts descriptors
	const runs = 100
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // collecting a file closes it
	m, dir := socketMachine(t)
	l, err := net.Listen("unix", filepath.Join(dir, "wg0.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			conn.Close()
		}
	}()
	key := file(t, keyA)
	for _, words := range []string{"set wg0 private-key " + key, "show interfaces", "showconf wg0", "setconf wg0 " + file(t, "[Interface]\n")} {
		before := openFiles(t)
		for range runs {
			m.run(t, strings.Fields(words)...)
		}
		if after := openFiles(t); after > before+runs/2 {
			t.Errorf("open files after %d times %s = %d, want about %d as before", runs, words, after, before)
		}
	}
	l.Close()
	<-accepted
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
