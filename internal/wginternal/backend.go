package wginternal

import (
	"context"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Backend is one way to reach devices. Its methods may be called concurrently and
// return soon after ctx ends.
type Backend interface {
	// Kind returns the kind of the backend's devices.
	Kind() wgtypes.Kind
	// Capabilities says what the backend can do. It is constant.
	Capabilities() Capabilities
	// List finds the devices without reading them, which needs no privilege. With
	// an error it returns the devices that it found.
	List(ctx context.Context) ([]wgtypes.DeviceRef, error)
	// Open finds one device, which needs no privilege. The error wraps
	// fs.ErrNotExist if the device is missing, and says where Open looked for it;
	// it wraps ErrNotWireGuard if the name belongs to another kind of interface.
	Open(ctx context.Context, name string) (Device, error)
	// Close aborts the operations in progress, except those that cannot be interrupted
	// (ioctls, devices of this process), and frees the backend's resources.
	Close() error
}

// Absenter is implemented by backends that many systems do not have.
type Absenter interface {
	// Absent reports that the backend has no devices now. It does not wait, and costs
	// less than List.
	Absent() bool
}

// RefOpener is implemented by backends that can read a device that List found without
// looking for it again.
type RefOpener interface {
	// OpenRef sends nothing. The error of Read wraps fs.ErrNotExist if the device was
	// removed. A renamed device is read.
	OpenRef(ref wgtypes.DeviceRef) Source
}

// Source is a device that can be read. It belongs to one goroutine.
type Source interface {
	// Read begins to read the device's state. The Reader outlives the Device's
	// Close.
	Read(ctx context.Context) (Reader, error)
}

// Device is a device that Open found. It belongs to one goroutine.
type Device interface {
	Source
	Ref() wgtypes.DeviceRef
	// Configure applies c, which is valid and normal (see Normalize). An error
	// after something was sent is a *PartialError, unless it is certain that nothing
	// was applied. An earlier error may be one that has only NotSent.
	Configure(ctx context.Context, c wgtypes.Config, progress Progress) error
	Close() error
}

// Reader reads the state of a device, peer by peer.
type Reader interface {
	// Device returns the device without its peers. The caller owns it.
	Device() *wgtypes.Device
	// Next stores the next peer in p, which must be zero. The caller owns the peer.
	// Next returns io.EOF after the last peer, or ErrInterrupted if the device
	// changed meanwhile, so that the peers are from different states. With any error
	// p is undefined.
	Next(p *wgtypes.Peer) error
	// Rest returns all peers that Next has not returned. It can need fewer
	// allocations than a loop over Next, because it may receive the whole answer
	// before it decodes it. With an error it returns no peers.
	Rest(progress Progress) ([]wgtypes.Peer, error)
	Close() error
}

// Links is implemented by backends that can also create and change the network
// interfaces of their devices. Unless index is 0, the link must have this index.
type Links interface {
	Link(ctx context.Context, name string, index int) (Link, error)
	// Create creates a link. mtu is 0 for the kernel's choice. netNS is a file
	// descriptor of the network namespace to create it in, or -1 for the backend's.
	Create(ctx context.Context, name string, mtu int, up bool, netNS int) error
	SetLink(ctx context.Context, name string, index int, mtu *int, up *bool) error
	Delete(ctx context.Context, name string, index int) error
}

// Link is the state of a device's network interface.
type Link struct {
	Index int
	MTU   int // in bytes
	Up    bool
}

// Capabilities says what a backend can do.
type Capabilities struct {
	Links               bool // read, create, change and delete links
	NetNS               bool // use other network namespaces
	FirewallMark        bool // set a firewall mark other than 0
	PersistentKeepalive bool // set a keepalive interval other than 0
	UpdateOnly          bool // change a peer only if it exists
	Amnezia             bool // may be a device with the parameters of AmneziaWG
	MaxAllowedIPs       int  // of a peer; 0 for no limit
}

// Progress is called with the number of peers that have been read or written so
// far. all is the total of a write, and 0 for a read: most protocols do not
// announce how many peers will come. A nil Progress is not called.
//
// It is called on the goroutine of the operation, possibly once for each peer,
// so it must return quickly.
type Progress func(done, all int)

// Notifier is implemented by backends that learn immediately when devices are
// added, removed or renamed.
type Notifier interface {
	// Notify calls changed once it is ready, and then whenever the list of devices
	// may have changed, even if it lost notifications. changed must return quickly.
	// Notify returns nil when ctx ends, or earlier if no notification can come for now,
	// such as without a kernel module, and an error if it cannot go on. Watch calls it
	// again at its next poll.
	Notify(ctx context.Context, changed func()) error
}
