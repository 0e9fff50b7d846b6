// Package wgtest is a test kit for programs that control WireGuard devices:
// devices to control, and values to control them with.
//
// [Kernel] creates a Linux kernel device in a network namespace of its own. It
// skips the test where that is impossible, or fails it if the environment has
// WGTEST_KERNEL=1. [KernelTunnel] creates two devices that are each other's peers,
// and [RoundTrip] sends packets through them. [NewFake] starts a fake daemon that
// can refuse requests, hang, disconnect and send wrong replies. Everything ends with
// the test, and nothing changes other devices or namespaces.
// [Device.Client] returns a Client that sees only the device. Real wireguard-go
// devices in the test's process are in the module
// github.com/wgctrl/wgctrl/wireguardgo, package wireguardgotest.
//
// [RandomDevice] and [RandomConfig] generate values from a seeded source: the same
// seed gives the same value. Endpoints are documentation or link-local addresses,
// because a device may send packets to them.
//
// Only tests import this package, since it imports testing.
package wgtest
