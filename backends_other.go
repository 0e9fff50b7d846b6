//go:build !linux

package wgctrl

import (
	"errors"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// defaultKinds are the backends that this system has, in the order asked.
var defaultKinds = []wgtypes.Kind{wgtypes.KindUserspace, wgtypes.KindInProcess}

func newKernel(options) (wginternal.Backend, linkBackend, error) {
	return nil, nil, errNoLinks
}

// errNoLinks is why there is no kernel backend here, nor a link to change.
var errNoLinks = wginternal.Tag(errors.ErrUnsupported,
	errors.New("kernel devices of this system are not supported yet"))
