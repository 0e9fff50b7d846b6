package wgctrl

import (
	"errors"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// defaultKinds are the backends that this system has, in the order asked.
var defaultKinds = []wgtypes.Kind{wgtypes.KindKernel, wgtypes.KindUserspace, wgtypes.KindInProcess}

func newKernel(o options) (wginternal.Backend, linkBackend, error) {
	b, err := wglinux.New(wglinux.Config{NetNS: o.netNS, Family: o.family})
	return b, b, err
}

// errNoLinks is why a Client without a kernel backend changes no links.
var errNoLinks = wginternal.Tag(errors.ErrUnsupported, errors.New("this client was made without the kernel backend"))
