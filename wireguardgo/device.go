//go:build linux || darwin || freebsd || openbsd || windows

package wireguardgo

import (
	"context"
	"fmt"
	"io"
	"net"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"

	"github.com/wgctrl/wgctrl/uapi/uapinet"
)

// Supported reports whether wireguard-go runs on this system.
const Supported = true

// Device is a wireguard-go device in this process. A new device is up and listens
// on a port that the system has chosen. It has no key and no peers. Its methods are
// safe for concurrent use.
type Device struct {
	name     string
	dev      *device.Device
	tun      *channelTUN
	listener net.Listener  // nil without a socket
	served   chan struct{} // closed when the connections of listener have ended
}

// New starts a device. The error wraps fs.ErrExist if another process listens on
// the socket, errors.ErrUnsupported for a socket on Windows and on systems without
// wireguard-go (see Supported), and a *wgtypes.FieldError if the name of a socket is
// invalid.
func New(o Options) (*Device, error) {
	bind := o.Bind
	if bind == nil {
		bind = conn.NewDefaultBind()
	}
	d := &Device{name: o.Name, tun: newChannelTUN(o.Name)}
	d.dev = device.NewDevice(d.tun, bind, device.NewLogger(device.LogLevelSilent, ""))
	if err := d.start(o.Dir); err != nil {
		d.Close()
		return nil, fmt.Errorf("wireguardgo: start %q: %w", o.Name, err)
	}
	return d, nil
}

func (d *Device) start(dir string) error {
	if err := d.dev.Up(); err != nil {
		return err
	}
	if dir == "" {
		return nil
	}
	l, err := uapinet.ListenIn(dir, d.name)
	if err != nil {
		return err
	}
	d.listener, d.served = l, make(chan struct{})
	go func() {
		defer close(d.served)
		// It fails only if accepting connections fails, which clients notice.
		_ = uapinet.ServeFunc(l, d.dev.IpcHandle)
	}()
	return nil
}

// Name returns the name of the device.
func (d *Device) Name() string { return d.name }

// SocketPath returns the path of the socket. It is "" without a socket.
func (d *Device) SocketPath() string {
	if d.listener == nil {
		return ""
	}
	return d.listener.Addr().String()
}

// IpcGetOperation writes the state of the device in the text protocol.
func (d *Device) IpcGetOperation(w io.Writer) error { return d.dev.IpcGetOperation(w) }

// IpcSetOperation applies a change in the text protocol.
func (d *Device) IpcSetOperation(r io.Reader) error { return d.dev.IpcSetOperation(r) }

// Send passes a copy of an IP packet to the device, which encrypts and sends it. It
// returns the error of ctx, or net.ErrClosed after Close.
func (d *Device) Send(ctx context.Context, packet []byte) error { return d.tun.send(ctx, packet) }

// Receive returns the next IP packet that the device has decrypted. The caller owns it.
// If a few hundred packets wait to be received, the device drops further ones. Receive
// returns the error of ctx, or net.ErrClosed after Close.
func (d *Device) Receive(ctx context.Context) ([]byte, error) { return d.tun.receive(ctx) }

// Close stops the device and closes its connections. Some of its goroutines may end
// shortly after Close has returned. A second Close does nothing.
func (d *Device) Close() error {
	var err error
	if d.listener != nil {
		// The listener first: closing the device waits for clients that are in the
		// middle of a change.
		err = d.listener.Close()
		<-d.served
	}
	d.dev.Close()
	return err
}
