// Package wgwindows is the backend for WireGuardNT, the WireGuard driver of the
// Windows kernel. It reads and changes adapters with DeviceIoControl, whose payload is
// packed structs.
//
// Everything except system_windows.go and errno_windows.go builds and is tested on
// every system. wginternal defines what a Config means; this driver applies it like
// Linux, with these differences:
//
//   - Adapters have no firewall mark.
//   - Adapters cannot be created, deleted or brought up: wireguard.dll does that, which
//     also installs the driver. An adapter exists until the process that created it
//     closes it. So the backend does not implement wginternal.Links.
//   - Drivers before 0.11 add the allowed IPs that they should remove. For them, and if
//     the version is unknown, the backend removes a prefix as in wginternal.Remover.
//   - Devices have index 0. Their name is the name that the program has given the
//     adapter; renaming the network connection does not change it.
//
// The facts about the driver are from the sources of wireguard-nt: driver/ioctl.h and
// driver/ioctl.c for the requests, api/adapter.c for finding adapters.
package wgwindows
