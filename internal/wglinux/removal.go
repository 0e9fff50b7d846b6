//go:build linux

package wglinux

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// remove removes single prefixes. Linux 6.16 has a flag for it, and
// distributions may have it in older ones: so it is tried, in messages that do
// nothing else, and what an older kernel refuses is done by other means.
func (w *writer) remove(removals wgtypes.Config) error {
	if !w.d.b.keepsPrefixes.Load() {
		flagged := *w
		err := flagged.write(removals)
		// Kernels that do not know the flag refuse the first prefix that has it.
		if !isErrno(err, unix.EINVAL, unix.EOPNOTSUPP) {
			return flagged.partial(err, wgtypes.Config{})
		}
		w.limit = flagged.limit
		w.d.b.keepsPrefixes.Store(true)
	}
	before := len(w.applied)
	if err := w.moveAway(removals); err != nil {
		// What was sent were other changes than those that were asked for.
		*w = writer{applied: w.applied[:before], unknown: removals}
		return w.partial(err, wgtypes.Config{})
	}
	return nil
}

// moveAway removes prefixes by moving them to a peer that it removes. It reads
// first, so as to take none that another peer has by now.
func (w *writer) moveAway(removals wgtypes.Config) error {
	have, err := wginternal.ReadDevice(w.x.ctx, w.d, nil)
	if err != nil {
		return err
	}
	dummy, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		return err
	}
	for _, request := range wginternal.MoveAway(wginternal.Owned(have, removals), dummy.PublicKey()) {
		if err := w.write(request); err != nil {
			// The dummy may be left, with prefixes that should be nobody's, and
			// the context that ended may be why.
			_ = w.d.Configure(context.WithoutCancel(w.x.ctx), wgtypes.Config{Peers: request.Peers[1:]}, nil)
			return err
		}
	}
	return nil
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
// with WireGuard. NB: the module that those can load does not refuse the flag:
// it adds the prefix.
func olderThanMainline(release string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major < 5 || major == 5 && minor < 6
}
