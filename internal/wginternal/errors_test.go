package wginternal_test

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestPartialError(t *testing.T) {
	t.Parallel()
	peers := func(n int) wgtypes.Config { return wgtypes.Config{Peers: make([]wgtypes.PeerConfig, n)} }
	cause := fmt.Errorf("set: %w", syscall.EINVAL)
	tests := map[string]struct {
		err  wginternal.PartialError
		want string
	}{
		"all in one": {wginternal.PartialError{Unknown: peers(5), Err: cause}, "set: invalid argument"},
		"no peers":   {wginternal.PartialError{Err: cause}, "set: invalid argument"},
		"parts": {
			wginternal.PartialError{Applied: peers(1), Unknown: peers(2), NotSent: peers(3), Err: cause},
			"set: invalid argument (1 peers applied, 2 possibly applied, 3 not sent)",
		},
		"the last failed": {
			wginternal.PartialError{Applied: peers(7), Unknown: peers(2), Err: cause},
			"set: invalid argument (7 peers applied, 2 possibly applied, 0 not sent)",
		},
		"the first failed": {
			wginternal.PartialError{Unknown: peers(2), NotSent: peers(3), Err: cause},
			"set: invalid argument (0 peers applied, 2 possibly applied, 3 not sent)",
		},
	}
	for name, tt := range tests {
		err := fmt.Errorf("wrapped: %w", &tt.err)
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		if !errors.Is(err, syscall.EINVAL) || !errors.Is(err, cause) {
			t.Errorf("%s: errors.Is(%v, %v) = false, want true", name, err, cause)
		}
		if partial, ok := errors.AsType[*wginternal.PartialError](err); !ok || partial != &tt.err {
			t.Errorf("%s: errors.AsType() = %v, %t, want %v, true", name, partial, ok, &tt.err)
		}
	}
}

func TestTag(t *testing.T) {
	t.Parallel()
	cause := fmt.Errorf("open: %w", syscall.ENODEV)
	err := wginternal.Tag(fs.ErrNotExist, cause)
	if err.Error() != cause.Error() {
		t.Errorf("Tag() = %q, want the text %q", err, cause)
	}
	for _, target := range []error{fs.ErrNotExist, syscall.ENODEV, cause} {
		if !errors.Is(err, target) {
			t.Errorf("errors.Is(%v, %v) = false, want true", err, target)
		}
	}
	if errors.Is(err, wginternal.ErrNotWireGuard) || errors.Is(err, fs.ErrPermission) {
		t.Errorf("Tag() = %#v, want an error that is neither ErrNotWireGuard nor fs.ErrPermission", err)
	}
	twice := wginternal.Tag(wginternal.ErrInterrupted, err)
	if !errors.Is(twice, wginternal.ErrInterrupted) || !errors.Is(twice, fs.ErrNotExist) || twice.Error() != cause.Error() {
		t.Errorf("Tag() of a tagged error = %#v, want both tags and the text %q", twice, cause)
	}
}
