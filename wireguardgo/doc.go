// Package wireguardgo runs wireguard-go devices in this process, without
// privileges. The interface of a device is a pair of channels, and its control
// socket is in a directory that the caller chooses. Devices are configured over
// their sockets or in process, like any other userspace device.
//
// wireguard-go does not build on every system. On others, New returns an error
// wrapping errors.ErrUnsupported.
package wireguardgo
