package wginternal

import (
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl/wgtypes"
)

var (
	// ErrInterrupted means that a device changed while it was being read.
	ErrInterrupted = errors.New("the device changed while it was read")
	// ErrNotWireGuard means that a name belongs to another kind of interface.
	ErrNotWireGuard = errors.New("not a WireGuard device")
)

// PartialError says how far a Config came that was not applied whole.
type PartialError struct {
	// Applied was acknowledged; Unknown may have taken effect in part; NotSent
	// was not sent.
	Applied, Unknown, NotSent wgtypes.Config
	Err                       error
}

func (e *PartialError) Error() string {
	done, unknown, left := len(e.Applied.Peers), len(e.Unknown.Peers), len(e.NotSent.Peers)
	if done == 0 && left == 0 {
		return fmt.Sprint(e.Err)
	}
	return fmt.Sprintf("%v (%d peers were applied, %d perhaps, %d not sent)", e.Err, done, unknown, left)
}

func (e *PartialError) Unwrap() error { return e.Err }

// Tag makes errors.Is(err, sentinel) true without a change to err's text.
func Tag(sentinel, err error) error { return &tagged{sentinel, err} }

type tagged struct{ sentinel, err error }

func (t *tagged) Error() string   { return t.err.Error() }
func (t *tagged) Unwrap() []error { return []error{t.err, t.sentinel} }
