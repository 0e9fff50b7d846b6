//go:build unix

package quick

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The record of every item is read as it was written. Others cannot read it.
func TestRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := &record{path: recordPath(dir, "wg0"), Complete: true, Text: "text", Hooks: "hooks", Port: 51820}
	for _, s := range planned(t, newMachine(), hookedDefaults) {
		if s.item.recorded() {
			want.add(s.item)
		}
	}
	if err := want.write(); err != nil {
		t.Fatal(err)
	}
	got, err := readRecord(dir, "wg0")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(record{}), cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	info, err := os.Stat(want.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the record = %v, %v, want 0600", info.Mode(), err)
	}
	if err := os.WriteFile(want.path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := readRecord(dir, "wg0"); err == nil {
		t.Errorf("readRecord of a broken file = %v, want an error", r)
	}
}

// A lock waits for the other one until the context ends.
func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unlock, err := lock(t.Context(), dir, "wg0", func() { t.Error("the first lock waits") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := lock(ctx, dir, "wg0", cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("second lock = %v, want context.Canceled", err)
	}
	other, err := lock(t.Context(), dir, "wg1", func() { t.Error("another lock waits") })
	if err != nil {
		t.Fatal(err)
	}
	other()
	done := make(chan error)
	waiting := make(chan bool)
	go func() {
		release, err := lock(t.Context(), dir, "wg0", func() { waiting <- true })
		if err == nil {
			release()
		}
		done <- err
	}()
	<-waiting
	unlock()
	if err := <-done; err != nil {
		t.Errorf("lock after unlock = %v, want nil", err)
	}
}
