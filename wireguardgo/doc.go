// Package wireguardgo runs wireguard-go devices in this process, without
// privileges. A device has no interface of the system: Send and Receive exchange
// its packets. Its control socket, if any, is in a directory that the caller
// chooses. Devices are configured over their sockets or in process, like any other
// userspace device.
//
// On systems where wireguard-go does not build, New returns an error wrapping
// errors.ErrUnsupported.
package wireguardgo
