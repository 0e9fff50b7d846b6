//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The number of a generic netlink family changes when its module is loaded
// again. The kernel allocates numbers cyclically, so for about 1000 registrations
// the old number belongs to no family and the kernel answers ENOENT. After that
// it may belong to another family.
//
// Reads therefore use the number that was looked up last: a reply with the right
// type and the right device can only come from the right family, and after any
// other reply the number is looked up again. Writes look the number up each
// time, because a write to another family could change something. AmneziaWG is always
// looked up: see amneziaFamily.

// readFamily returns the number to use for a read without a lookup, or 0.
func (b *Backend) readFamily() uint16 {
	if b.isAmnezia() {
		return 0
	}
	return uint16(b.lastFamily.Load())
}

// isStale reports whether the error of a read may mean that readFamily is no
// longer the family's number. It returns false if the kernel did not answer.
func isStale(err error) bool {
	var answer *kernelError
	return errors.As(err, &answer) || errors.Is(err, nlwire.ErrMalformed)
}

// family is what a lookup returns.
type family struct {
	number uint16
	// amnezia is the version of AmneziaWG. It is zero for WireGuard.
	amnezia wgtypes.AmneziaVersion
}

// begin starts an exchange and looks up the family. It returns errors.ErrUnsupported if
// the kernel has no such family, or one of an unknown version of AmneziaWG.
func (d *device) begin(ctx context.Context) (x *exchange, f family, err error) {
	x, err = d.b.genl.begin(ctx)
	if err != nil {
		return nil, f, err
	}
	if d.b.isAmnezia() {
		f, err = x.amneziaFamily(d.b.family)
	} else {
		f.number, err = x.t.Family(d.b.family)
		// More of a failed reply may follow.
		x.pending = x.pending || err != nil
	}
	if err == nil {
		d.b.lastFamily.Store(uint32(f.number))
		return x, f, nil
	}
	err = x.explain(err)
	x.end()
	if errors.Is(err, fs.ErrNotExist) {
		d.b.lastFamily.Store(0)
		err = wginternal.Tag(errors.ErrUnsupported,
			fmt.Errorf("no netlink family %q: is the kernel module loaded?", d.b.family))
	}
	return nil, f, err
}

// amneziaFamily looks up the family of AmneziaWG, whose version selects the encoding. It
// uses the receive buffer of a dump: the kernel sizes the first message of a dump by the
// buffers of earlier calls, and all parameters must fit in it. Package genetlink uses a
// smaller buffer.
func (x *exchange) amneziaFamily(name string) (f family, err error) {
	err = x.request(smallRequest, func(b []byte, h nlwire.Header) []byte {
		return nlwire.AppendGetFamily(b, h, name)
	})
	if err != nil {
		return f, err
	}
	h, payload, err := x.next()
	if err == io.EOF {
		err = fmt.Errorf("%w: acknowledgement without a family", nlwire.ErrMalformed)
	}
	if err != nil {
		return f, err
	}
	info, err := nlwire.DecodeFamily(h, payload)
	if err != nil {
		return f, err
	}
	x.pending = false // one message is the whole reply
	version, ok := info.Amnezia()
	if !ok {
		return f, wginternal.Tag(errors.ErrUnsupported,
			fmt.Errorf("netlink family %q has the unknown version %d", name, info.Version))
	}
	return family{info.ID, version}, nil
}
