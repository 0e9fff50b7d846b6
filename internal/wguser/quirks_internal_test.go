package wguser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

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
