// Package quick raises and removes WireGuard interfaces from the files of
// wg-quick(8): links, addresses, routes, policy rules, DNS, firewall and hooks.
//
// Up creates the interface that a Tunnel describes, Down removes it, Reload
// changes a running interface to match a changed file, and Save writes the state
// of a running interface to its file. Plan returns the steps that one of them
// would take.
//
// The state of the system after Up is that after wg-quick up, and either program
// can remove the interfaces of the other. On Linux, the package runs neither wg(8) nor
// ip(8) nor bash, unless the file has hooks. On FreeBSD, OpenBSD and macOS, it runs the
// commands of wg-quick; this was not tested there.
//
// # How it works
//
// An interface consists of items in the order of their creation, such as the link,
// an address or a route. A step adds, changes or removes an item, or runs a hook.
// Everything is checked before the first step. Up writes each item to a record
// under /run/wgctrl/quick before it creates it, so that Down also removes what a
// killed process left. If a step fails, Up removes what it made.
//
// Calls for the same interface wait for each other, in other processes too.
//
// # What it needs
//
// The Client that is passed to a function must use the network namespace of the calling
// thread and have kernel and userspace devices, as that of wgctrl.New without options.
// The functions need root, except Plan of VerbUp. On other systems, such as Windows, they
// return errors that wrap errors.ErrUnsupported.
package quick
