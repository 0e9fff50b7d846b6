package wguser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi"
)

// TestReadBeginningOfMalformedReply checks that only an empty line after errno ends a
// reply.
func TestReadBeginningOfMalformedReply(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\n", "listen_port=1\n\n", "listen_port=1\n\nerrno=0\n\n", "errno=0\nlisten_port=1\n"} {
		if b, err := readBeginning(strings.NewReader(text)); !errors.Is(err, uapi.ErrProtocol) {
			t.Errorf("readBeginning(%q) = %+v, %v, want %v", text, b, err, uapi.ErrProtocol)
		}
	}
}

// TestAskCanceled ends the context while the daemon has a question. That is not an answer.
func TestAskCanceled(t *testing.T) {
	t.Parallel()
	var cancel context.CancelFunc
	daemon := func(c net.Conn) {
		if _, err := testutil.ReadRequest(bufio.NewReader(c)); err == nil {
			cancel()
		}
		io.Copy(io.Discard, c)
	}
	testConn(t, time.Minute, daemon, func(t *testing.T, c *conn) {
		var ctx context.Context
		ctx, cancel = context.WithCancel(t.Context())
		defer cancel()
		s := &socket{sockets: new(sockets), held: c}
		if answer, err := s.ask(ctx, "sort=1\n\n"); answer != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("ask = %v, %v, want nil, %v", answer, err, context.Canceled)
		}
	})
}

// TestTraitsCacheIsBounded notes more daemons than the cache keeps.
func TestTraitsCacheIsBounded(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := newTraitsCache()
	const limit = 1024
	want := traits{implementation: boringtun}
	for i := range 3 * limit {
		path := fmt.Sprint(i)
		m.note(path, info, want)
		if len(m.entries) > limit {
			t.Fatalf("entries after %d notes = %d, want at most %d", i+1, len(m.entries), limit)
		}
		if got := m.recall(path, info); got != want {
			t.Fatalf("recall after note %d = %v, want %v", i, got, want)
		}
		if i == limit-1 && m.recall("0", info) != want {
			t.Errorf("recall(0) after %d notes = nothing, want %v", limit, want)
		}
	}
}

// TestTraitsCache checks that traits belong to one file at one time.
func TestTraitsCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stat := func(name string, modified time.Time) os.FileInfo {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	at := time.Unix(1_700_000_000, 0)
	first := stat("a", at)
	m := newTraitsCache()
	want := traits{implementation: boringtun, cannotRemove: true}
	m.note("p", first, want)
	for name, test := range map[string]struct {
		path string
		info os.FileInfo
		want traits
	}{
		"the same":     {"p", stat("a", at), want},
		"another path": {"q", first, traits{}},
		"another time": {"p", stat("a", at.Add(time.Second)), traits{}},
		"another file": {"p", stat("b", at), traits{}},
		"no file":      {"p", nil, traits{}},
	} {
		if got := m.recall(test.path, test.info); got != test.want {
			t.Errorf("recall of %s = %v, want %v", name, got, test.want)
		}
	}
	m.note("none", nil, want)
	if got := m.recall("none", nil); got != (traits{}) {
		t.Errorf("recall without a file = %v, want nothing", got)
	}
}
