// Package wgcommand is the command wg(8), to the byte: its words, its output, its
// messages and its exit codes, which scripts rely on.
//
// It knows what wg says and when, and refuses to know how devices are reached,
// which is the library's, and what a file means beyond wg's own reading of it,
// which is that of package wgconf.
//
// It differs from wg on purpose in these cases, and in no others:
//
//   - a port above 65535, which wg wraps, and one by a service's name are refused
//   - an interface's name of more than 15 bytes, which some of wg's words cut, is
//     "File name too long"
//   - a host such as 127.1, which is an IPv4 address of inet_aton(3), is a name;
//     names are looked up by package net, which knows files and name servers
//   - a malformed private or preshared key, and what looks like a key on a line
//     that means nothing, is said as "(hidden)"
//   - a device that does not exist is "No such device" even to those who may not
//     ask for it, and where the kernel's module is absent
//   - output that could not be written is an error
package wgcommand
