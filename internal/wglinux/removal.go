//go:build linux

package wglinux

import (
	"context"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// remove removes single allowed IPs. Linux supports that from 6.16 on, and
// distributions may support it in older kernels, so it is tried first, in
// messages that do nothing else.
func (w *writer) remove(removals wgtypes.Config) error {
	before := *w
	fallback, err := wginternal.Remover{
		Unsupported: w.d.b.keepsPrefixes.Load(),
		Send: func(_ context.Context, c wgtypes.Config) error {
			w.unknown = wgtypes.Config{} // the kernel applied nothing of a request that it refused
			return w.write(c)
		},
		// Kernels that do not know the flag refuse the first prefix that has it.
		IsRefusal: func(err error) bool { return isErrno(err, unix.EINVAL, unix.EOPNOTSUPP) },
		// The exchange may have ended with its context.
		CleanUp: func(ctx context.Context, c wgtypes.Config) error { return w.d.Configure(ctx, c, nil) },
		Read: func(ctx context.Context) (*wgtypes.Device, error) {
			return wginternal.ReadDevice(ctx, w.d, nil)
		},
	}.Remove(w.x.ctx, removals)
	if !fallback {
		return w.partial(err, wgtypes.Config{})
	}
	w.d.b.keepsPrefixes.Store(true)
	// The requests of the fallback are not parts of the caller's change.
	changed := len(w.applied) > len(before.applied) || !w.unknown.IsZero()
	w.applied, w.notSent, w.unknown = before.applied, nil, wgtypes.Config{}
	if err != nil && changed {
		w.unknown, removals = removals, wgtypes.Config{}
	}
	return w.partial(err, removals)
}

// release returns the release of the running kernel, such as 6.1.0-13-amd64.
func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// olderThanMainline reports whether a kernel's release is before 5.6, the first
// one with WireGuard. The module for older kernels does not refuse the flag for
// removals: it adds the prefix. The result is false if release is malformed.
func olderThanMainline(release string) bool {
	majorText, rest, _ := strings.Cut(release, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	major, err := strconv.Atoi(majorText)
	if err != nil {
		return false
	}
	minor, err := strconv.Atoi(rest[:end])
	if err != nil {
		return false
	}
	return major < 5 || major == 5 && minor < 6
}
