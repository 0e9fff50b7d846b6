package wgwindows

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxName is the largest number of UTF-16 units in the name of an adapter
// (WIREGUARD_MAX_NAME is 128 with the terminating NUL).
const maxName = 127

// checkName returns a *wgtypes.FieldError if no adapter can have the name. Names are not
// used in paths, so that they may have any other characters.
func checkName(name string) error {
	reason := ""
	switch n := len(utf16.Encode([]rune(name))); {
	case name == "":
		reason = "must not be empty"
	case strings.Contains(name, "\x00"):
		reason = fmt.Sprintf("%q contains a NUL character", name)
	case n > maxName:
		reason = fmt.Sprintf("%q has %d UTF-16 code units, want at most %d", name, n, maxName)
	default:
		return nil
	}
	return &wgtypes.FieldError{Index: -1, Field: "name", Reason: reason}
}

// A new adapter is listed before it has started, and before its device interface can be
// opened.
const (
	maxAttempts = 10
	retryDelay  = 50 * time.Millisecond
)

// pause waits before the next attempt. It returns the error of ctx if it ends.
func pause(ctx context.Context) error {
	timer := time.NewTimer(retryDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// missing returns the error of Open if no adapter has the name.
func (b *Backend) missing(name string) error {
	// An error of Interfaces means only that the reason stays unknown.
	list, _ := b.config.Interfaces()
	if slices.ContainsFunc(list, func(i wginternal.Interface) bool { return i.Name == name }) {
		return wginternal.Tag(wginternal.ErrNotWireGuard,
			fmt.Errorf("no WireGuard adapter has the name %q, only another network connection", name))
	}
	return notExist(fmt.Errorf("no WireGuard adapter %q", name))
}

// notExist makes err an fs.ErrNotExist.
func notExist(err error) error { return wginternal.Tag(fs.ErrNotExist, err) }

// open opens the adapter's device interface. If it is missing, open tries again as long as
// the adapter is listed.
func (d *device) open(ctx context.Context) (Handle, error) {
	for attempt := 1; ; attempt++ {
		if err := d.b.check(ctx); err != nil {
			return nil, err
		}
		h, err := d.b.config.System.Open(d.adapter.Path)
		if err == nil {
			return h, nil
		}
		if !isErrno(err, ErrFileNotFound, ErrPathNotFound) || attempt == maxAttempts || !d.present() {
			return nil, d.explain(err)
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

// present reports whether the adapter is still listed.
func (d *device) present() bool {
	adapters, err := d.b.config.System.Adapters()
	return err != nil || slices.ContainsFunc(adapters, func(a Adapter) bool { return a.Path == d.adapter.Path })
}

// explain adds the name of the adapter, advice and a sentinel to an error of Windows.
func (d *device) explain(err error) error {
	err = fmt.Errorf("WireGuard adapter %q: %w", d.adapter.Name, err)
	switch {
	case isErrno(err, ErrAccessDenied):
		return wginternal.Tag(fs.ErrPermission, fmt.Errorf("%w (this needs an elevated administrator)", err))
	case isErrno(err, ErrInvalidFunction, ErrNotSupported):
		// Another driver does not know the request.
		return wginternal.Tag(wginternal.ErrNotWireGuard, err)
	case isErrno(err, ErrFileNotFound, ErrPathNotFound, ErrGenFailure) || !d.present():
		return notExist(err)
	}
	return err
}
