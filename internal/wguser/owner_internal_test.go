//go:build unix

package wguser

import (
	"net"
	"os"
	"strings"
	"testing"
)

// TestTrustFails checks that a connection whose user cannot be read is not trusted.
func TestTrustFails(t *testing.T) {
	t.Parallel()
	c, other := net.Pipe()
	defer c.Close()
	defer other.Close()
	path := t.TempDir()
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	_, known, _ := peerUID(c)
	if err := (transport{}).trust(c, path); known != (err != nil) {
		t.Errorf("trust of a pipe = %v, want an error: %t", err, known)
	}
}

func TestJudgeOwner(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		uid, self, overflow int
		want                string // a part of the error; "" for nil
	}{
		{0, 1000, 65534, ""},
		{1000, 1000, 65534, ""},
		{0, 0, 65534, ""},
		{1001, 1000, 65534, "its daemon runs as user 1001, want root or the current user"},
		{1000, 0, 65534, "its daemon runs as user 1000, want root or the current user"},
		{65534, 1000, 65534, "its daemon runs as user 65534, which stands for all users outside of our user namespace"},
		{65534, 65534, 65534, "its daemon runs as user 65534, which stands for all users outside of our user namespace"},
		{65534, 0, 65534, "its daemon runs as user 65534, which stands for all users outside of our user namespace"},
		{77, 77, 77, "its daemon runs as user 77, which stands for all users outside of our user namespace"},
		{65534, 65534, 77, ""},
		{65534, 65534, -1, ""},
	} {
		err := judgeOwner("its daemon runs as", test.uid, test.self, test.overflow)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("judgeOwner(%d, self %d, overflow %d) = %v, want %q", test.uid, test.self, test.overflow, err, test.want)
		}
	}
}
