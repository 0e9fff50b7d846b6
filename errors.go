package wgctrl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var (
	// ErrInterrupted means that a device changed while it was read, so that
	// what was read is not a state that it was in. Reading again may succeed.
	ErrInterrupted = wginternal.ErrInterrupted
	// ErrNotWireGuard means that the name belongs to an interface of another
	// kind.
	ErrNotWireGuard = wginternal.ErrNotWireGuard
)

// The operations that an OpError names.
const (
	opCapabilities = "capabilities"
	opList         = "list"
	opRead         = "read"
	opConfigure    = "configure"
	opSync         = "sync"
	opCreate       = "create"
	opLink         = "link"
	opSetLink      = "set link"
	opDelete       = "delete"
	opWatch        = "watch"
)

// OpError is the error of every method of a Client. It names the operation and
// the device, and wraps the cause, for errors.Is and errors.As:
//
//   - fs.ErrNotExist: no backend has the device; the text says where each looked
//   - ErrNotWireGuard: the name belongs to an interface of another kind
//   - fs.ErrPermission: a privilege is missing; the text says which
//   - fs.ErrExist: the name of a link to create is taken
//   - fs.ErrInvalid: a name, a setting (then it is a *wgtypes.FieldError) or an
//     option is malformed
//   - errors.ErrUnsupported: the module, the backend or the feature is absent
//   - ErrInterrupted: the device changed while it was read
//   - net.ErrClosed: the Client was closed
//   - context.Canceled and context.DeadlineExceeded: the context ended
//   - *PartialError: a configuration was not applied whole
//   - syscall.Errno: the number that the kernel or the daemon answered
//
// No text holds key material, and texts may change: match with errors.Is.
type OpError struct {
	// Op is the operation: "list", "read", "configure", "sync", "link", "create",
	// "set link", "delete", "watch" or "capabilities".
	Op string
	// Device is the name that the caller gave, "" for a listing or a watch.
	Device string
	// Kind is the backend that failed, KindUnknown where it was none alone.
	Kind wgtypes.Kind
	// Err is the cause.
	Err error
}

func (e *OpError) Error() string {
	var b strings.Builder
	b.WriteString("wgctrl: " + e.Op)
	if e.Device != "" {
		fmt.Fprintf(&b, " %q", e.Device)
	}
	if e.Kind != wgtypes.KindUnknown {
		fmt.Fprintf(&b, " (%s)", e.Kind)
	}
	return b.String() + ": " + fmt.Sprint(e.Err)
}

// MarshalText returns the text of the error, so that it is also what becomes of
// an error in JSON, of which most of the causes would be left out.
func (e OpError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns Err.
func (e *OpError) Unwrap() error { return e.Err }

// PartialError says how far a configuration came that failed after something
// was sent. Together the three are the Config that was asked for.
type PartialError struct {
	// Applied was acknowledged.
	Applied wgtypes.Config
	// Unknown was sent and not acknowledged: it may have taken effect in part.
	// Over a socket that is everything.
	Unknown wgtypes.Config
	// NotSent was not sent.
	NotSent wgtypes.Config
	// Err is what ended it.
	Err error
}

func (e *PartialError) Error() string { return (*wginternal.PartialError)(e).Error() }

// MarshalText returns the text of the error, so that it is also what becomes of
// an error that is logged as JSON: its Configs hold secrets.
func (e PartialError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns Err.
func (e *PartialError) Unwrap() error { return e.Err }

// opError puts a backend's error in the public form. nil stays nil.
func opError(op string, ref wgtypes.DeviceRef, err error) error {
	if err == nil {
		return nil
	}
	var partial *wginternal.PartialError
	if errors.As(err, &partial) {
		err = (*PartialError)(partial)
	}
	return &OpError{Op: op, Device: ref.Name, Kind: ref.Kind, Err: err}
}
