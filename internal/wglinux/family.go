//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// The number of a generic netlink family changes when its module is loaded
// again. The kernel allocates numbers cyclically, so for about 1000 registrations
// the old number belongs to no family and the kernel answers ENOENT. After that
// it may belong to another family.
//
// Reads therefore use the number that was looked up last: a reply with the right
// type and the right device can only come from the right family, and after any
// other reply the number is looked up again. Writes look the number up each
// time, because a write to another family could change something.

// readFamily returns the family's number as of the last lookup, or 0.
func (b *Backend) readFamily() uint16 { return uint16(b.lastFamily.Load()) }

// isStale reports whether the error of a read may mean that readFamily is no
// longer the family's number. It returns false if the kernel did not answer.
func isStale(err error) bool {
	var answer *kernelError
	return errors.As(err, &answer) || errors.Is(err, nlwire.ErrMalformed)
}

// begin starts an exchange and looks up the family's number. It returns
// errors.ErrUnsupported if the kernel has no such family.
func (d *device) begin(ctx context.Context) (x *exchange, family uint16, err error) {
	x, err = d.b.genl.begin(ctx)
	if err != nil {
		return nil, 0, err
	}
	family, err = x.t.Family(d.b.family)
	if err == nil {
		d.b.lastFamily.Store(uint32(family))
		return x, family, nil
	}
	// More of the reply may follow.
	x.pending = true
	err = x.explain(err)
	x.end()
	if errors.Is(err, fs.ErrNotExist) {
		d.b.lastFamily.Store(0)
		err = wginternal.Tag(errors.ErrUnsupported,
			fmt.Errorf("no netlink family %q: is the kernel module loaded?", d.b.family))
	}
	return nil, 0, err
}
