package wgctrl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var (
	// ErrInterrupted means that a device changed while it was read, so that the
	// result would not be a consistent state. Reading again may succeed.
	ErrInterrupted = wginternal.ErrInterrupted
	// ErrNotWireGuard means that the name is that of an interface which is not a
	// WireGuard device.
	ErrNotWireGuard = wginternal.ErrNotWireGuard
)

// The values of OpError.Op.
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

// OpError is the error of every method of a Client except Close. It names the
// operation and the device, and wraps the cause. Use errors.Is and errors.As with:
//
//   - fs.ErrNotExist: no backend has the device; the text says where each looked
//   - [ErrNotWireGuard]: the name is that of an interface of another kind
//   - fs.ErrPermission: a privilege is missing, or a daemon is not trusted with a
//     key (see [WithUntrustedSockets]); the text says which
//   - fs.ErrExist: the name of the link to create is in use
//   - fs.ErrInvalid: a name, a setting (as a [*wgtypes.FieldError]) or an option is
//     invalid
//   - errors.ErrUnsupported: the kernel module, the backend, an operation or a
//     setting is not available
//   - [ErrInterrupted]: the device changed while it was read
//   - net.ErrClosed: the Client was closed
//   - context.Canceled, context.DeadlineExceeded: the context ended
//   - os.ErrDeadlineExceeded: a userspace device did not reply: see
//     [WithReplyTimeout]
//   - [uapi.ErrProtocol]: the reply of a userspace device is invalid or too long
//   - [*PartialError]: a part of the configuration may have been applied
//   - syscall.Errno: the error number that the kernel or the daemon returned. For
//     EADDRINUSE the text contains the UDP port that was set
//
// The text is one line and contains no key. It may change between versions.
type OpError struct {
	// Op is the operation: "list", "read", "configure", "sync", "link", "create",
	// "set link", "delete", "watch" or "capabilities".
	Op string
	// Device is the name of the device: the one that the caller passed or, if that
	// is another name of its interface, possibly the interface's own. It is empty
	// for operations that are not about one device.
	Device string
	// Kind is the kind of the backend that failed. If none or several failed, it is
	// KindUnknown, unless the call can only be about one kind: calls about links,
	// Capabilities, and all calls of a view of one kind (see Client.Only).
	Kind wgtypes.Kind
	// Err is the cause.
	Err error
}

// Error returns the operation, the name and the kind of the device, and the cause.
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

// MarshalText returns the text of the error. Without it, the JSON form would lack
// most causes.
func (e OpError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns Err.
func (e *OpError) Unwrap() error { return e.Err }

// PartialError says how much of a configuration was applied before it failed. If
// certainly nothing was applied, the error is not a PartialError. Together, Applied,
// Unknown and NotSent have the effect of the Config, to whose memory they may refer. On
// NetBSD a peer that changes is a removal and an addition in them.
type PartialError struct {
	// Applied was acknowledged.
	Applied wgtypes.Config
	// Unknown was sent and not acknowledged. It may have been applied in part. For
	// userspace and in-process devices this is the whole Config.
	Unknown wgtypes.Config
	// NotSent was not sent, or refused as a whole, for example for a missing privilege.
	NotSent wgtypes.Config
	// Err is the cause.
	Err error
}

// Error returns the cause and, if some peers were applied or not sent, the numbers of
// peers in Applied, Unknown and NotSent.
func (e *PartialError) Error() string { return (*wginternal.PartialError)(e).Error() }

// MarshalText returns the text of the error. Without it, the JSON form would
// contain the secrets of the Configs.
func (e PartialError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns Err.
func (e *PartialError) Unwrap() error { return e.Err }

// opError returns a backend's error in the public form, and nil for nil.
func opError(op string, ref wgtypes.DeviceRef, err error) error {
	if err == nil {
		return nil
	}
	if partial, ok := errors.AsType[*wginternal.PartialError](err); ok {
		err = (*PartialError)(partial)
		if partial.Applied.IsZero() && partial.Unknown.IsZero() {
			err = partial.Err
		}
	}
	return &OpError{Op: op, Device: ref.Name, Kind: ref.Kind, Err: err}
}

// withPort adds the UDP port to an error that says that it is in use. A port of 0 is
// unknown.
func withPort(port uint16, err error) error {
	if port == 0 || !errors.Is(err, errno.EADDRINUSE) {
		return err
	}
	named := func(err error) error { return fmt.Errorf("UDP port %d: %w", port, err) }
	if partial, ok := errors.AsType[*wginternal.PartialError](err); ok {
		p := *partial
		p.Err = named(p.Err)
		return &p
	}
	return named(err)
}

// join returns an error that wraps the errors that are not nil, on one line with each
// text once. It returns nil if all are nil.
func join(errs ...error) (joined error) {
	texts := make(map[string]bool)
	for _, err := range errs {
		if err == nil || texts[err.Error()] {
			continue
		}
		texts[err.Error()] = true
		if joined != nil {
			err = fmt.Errorf("%w; %w", joined, err)
		}
		joined = err
	}
	return joined
}
