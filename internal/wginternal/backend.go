package wginternal

import (
	"context"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Backend is one way to reach devices. Its methods may be called from several
// goroutines at once, and end soon after ctx does.
type Backend interface {
	// Kind is the kind of every device of the backend.
	Kind() wgtypes.Kind
	// Capabilities says what the backend can do. It is constant.
	Capabilities() Capabilities
	// List finds the devices, without reading them and without privilege. It
	// returns what it found beside an error.
	List(ctx context.Context) ([]wgtypes.DeviceRef, error)
	// Open finds one device. It needs no privilege. The error is an
	// fs.ErrNotExist when there is no device of that name here, with a text
	// that says where it was looked for, and an ErrNotWireGuard when the name
	// belongs to something else.
	Open(ctx context.Context, name string) (Device, error)
	// Close ends what is in flight and frees what the backend holds.
	Close() error
}

// Device is a device that Open found. It belongs to one goroutine.
type Device interface {
	Ref() wgtypes.DeviceRef
	// Read begins to read the device's state. The Reader outlives the Device's
	// Close.
	Read(ctx context.Context) (Reader, error)
	// Configure applies c, which is valid and normal (see Normalize). An error
	// after something was sent is a *PartialError.
	Configure(ctx context.Context, c wgtypes.Config, progress Progress) error
	Close() error
}

// Reader gives the state of a device, peer by peer.
type Reader interface {
	// Device is the device without its peers. The caller owns it.
	Device() *wgtypes.Device
	// Next makes p, which is zero, the next peer, which the caller owns. It
	// returns io.EOF after the last one, or what made the reading fail; p is then
	// of no use. ErrInterrupted comes in place of io.EOF: what was read before it
	// is not a state that the device was in.
	Next(p *wgtypes.Peer) error
	// Rest returns all peers that Next has not returned. A backend can allocate
	// less memory than a caller of Next, since it may receive the whole answer
	// before it decodes it. It returns no peers with an error.
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

// Capabilities says what a backend can do. The zero value is the least.
type Capabilities struct {
	Links         bool // read, create, change and delete links
	NetNS         bool // use other network namespaces
	FirewallMark  bool // set a firewall mark other than 0
	UpdateOnly    bool // change a peer only if it exists
	MaxAllowedIPs int  // of a peer; 0 for no limit
}
