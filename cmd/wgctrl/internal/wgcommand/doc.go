// Package wgcommand implements the command wg(8) with the same arguments, output,
// messages and exit codes, byte for byte, since scripts rely on them.
//
// It reaches devices with package wgctrl and parses files with package wgconf.
//
// It differs from wg deliberately in these cases:
//
//   - It rejects ports above 65535, which wg wraps, and names of services.
//   - It rejects interface names of more than 15 bytes with "File name too long".
//     Some subcommands of wg truncate them.
//   - It treats a host such as 127.1, an IPv4 address for inet_aton(3), as a name,
//     and looks names up with package net.
//   - It prints "(hidden)" instead of a malformed private or preshared key, and
//     instead of what looks like a key in an unrecognized line.
//   - It prints "No such device" for a missing device even without permission and
//     without the kernel module.
//   - It reports errors when writing the output.
package wgcommand
