//go:build !unix && !windows

package wguser_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestNoSockets(t *testing.T) {
	t.Parallel()
	b := wguser.New(wguser.Config{})
	defer b.Close()
	if refs, err := b.List(t.Context()); len(refs) > 0 || err != nil {
		t.Errorf("List() = %v, %v, want none, nil", refs, err)
	}
	if _, err := b.Open(t.Context(), "wg0"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Open(%q) = %v, want %v", "wg0", err, errors.ErrUnsupported)
	}
	here := wguser.NewInProcess(wguser.InProcess{Name: "wg0"})
	defer here.Close()
	want := []wgtypes.DeviceRef{{Name: "wg0", Kind: wgtypes.KindInProcess}}
	if refs, err := here.List(t.Context()); !slices.Equal(refs, want) || err != nil {
		t.Errorf("List() of devices of this process = %v, %v, want %v, nil", refs, err, want)
	}
}
