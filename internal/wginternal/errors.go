package wginternal

import (
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl/wgtypes"
)

var (
	// ErrInterrupted means that a device changed while it was being read.
	ErrInterrupted = errors.New("the device changed while it was read")
	// ErrNotWireGuard means that the interface is not a WireGuard device.
	ErrNotWireGuard = errors.New("not a WireGuard device")
)

// PartialError reports which parts of a Config were applied before an error.
type PartialError struct {
	// Applied was acknowledged. Unknown was sent and may have been applied in part.
	// NotSent was not sent, or refused as a whole, for example for a missing privilege.
	Applied, Unknown, NotSent wgtypes.Config
	Err                       error
}

func (e *PartialError) Error() string {
	done, unknown, left := len(e.Applied.Peers), len(e.Unknown.Peers), len(e.NotSent.Peers)
	if done == 0 && left == 0 {
		return fmt.Sprint(e.Err)
	}
	return fmt.Sprintf("%v (%d peers applied, %d possibly applied, %d not sent)", e.Err, done, unknown, left)
}

func (e *PartialError) Unwrap() error { return e.Err }

// Tag returns an error with the text of err that wraps err and sentinel.
func Tag(sentinel, err error) error { return &tagged{sentinel, err} }

type tagged struct{ sentinel, err error }

func (t *tagged) Error() string   { return t.err.Error() }
func (t *tagged) Unwrap() []error { return []error{t.err, t.sentinel} }
