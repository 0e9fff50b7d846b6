package wgctrl_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"syscall"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// advise returns what to do about an error of a Client.
func advise(err error) string {
	var field *wgtypes.FieldError
	var partial *wgctrl.PartialError
	switch {
	case errors.As(err, &field):
		return "correct " + field.Field
	case errors.As(err, &partial):
		return fmt.Sprintf("read the device: %d peers were applied", len(partial.Applied.Peers))
	case errors.Is(err, fs.ErrNotExist):
		return "create the device, or look elsewhere"
	case errors.Is(err, wgctrl.ErrNotWireGuard):
		return "choose another name"
	case errors.Is(err, fs.ErrPermission):
		return "get the privilege that the text names"
	case errors.Is(err, wgctrl.ErrInterrupted):
		return "try again"
	case errors.Is(err, context.DeadlineExceeded):
		return "restart the daemon"
	case errors.Is(err, net.ErrClosed):
		return "make a new Client"
	}
	return "report it"
}

// refusing is a device of this process that rejects every change.
type refusing struct{}

func (refusing) IpcGetOperation(io.Writer) error { return nil }
func (refusing) IpcSetOperation(io.Reader) error { return noSpace{} }

// noSpace is an error like wireguard-go's *IPCError.
type noSpace struct{}

func (noSpace) Error() string    { return "no space" }
func (noSpace) ErrorCode() int64 { return -int64(syscall.ENOSPC) }

func ExampleOpError() {
	ctx := context.Background()
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice("full", refusing{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Device(ctx, "absent")
	fmt.Println(advise(err))

	err = c.ConfigureDevice(ctx, "full", wgtypes.Config{Peers: []wgtypes.PeerConfig{{AllowedIPs: []netip.Prefix{{}}}}})
	fmt.Println(advise(err))

	err = c.ConfigureDevice(ctx, "full", wgtypes.Config{FirewallMark: new(uint32(1))})
	fmt.Println(advise(err))

	c.Close()
	_, err = c.Device(ctx, "full")
	fmt.Println(advise(err))
	// Output:
	// create the device, or look elsewhere
	// correct AllowedIPs[0]
	// read the device: 0 peers were applied
	// make a new Client
}
