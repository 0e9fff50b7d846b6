// Package wireguardgo runs a real wireguard-go device in this process, without
// privilege: its interface is a pair of channels, its control socket is in a
// directory of the caller's choice.
//
// It knows how such a device is put together and taken apart, and refuses to
// know what is configured on it: that is done over its socket or through its
// operations, as with any other device.
//
// wireguard-go does not build everywhere. Where it does not, New fails with an
// errors.ErrUnsupported.
package wireguardgo
