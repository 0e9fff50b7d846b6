// Package wgtest is a test kit for programs that control WireGuard devices:
// devices to control, and values to control them with.
//
// [Userspace] and [UserspaceOffline] start a real wireguard-go device in the
// test's process, behind a real socket, without privilege. [Kernel] makes a
// device of the Linux kernel in a network namespace of its own, where the
// machine can do that; else it skips the test, or fails it when the environment
// has WGTEST_KERNEL=1. [UserspaceTunnel] and [KernelTunnel] make two that are
// each other's peers, and [RoundTrip] shows that packets go through. [NewFake]
// starts a daemon that answers as a test says: that refuses, hangs, breaks off or
// lies at the moment of choice. All of them end with the test, and none touches a
// device or a namespace that it did not make. [Device.Client] returns a Client
// that sees the device and nothing else of the machine.
//
// [RandomDevice] and [RandomConfig] make values from a seeded source: the same
// seed gives the same value, so that a failure that names its seed can be
// repeated. They know what is valid, and refuse to know how it is sent. Their
// endpoints are addresses reserved for documentation, or link-local ones, since
// a device that gets one may send packets there.
//
// Only tests import this package, since it imports testing.
package wgtest
