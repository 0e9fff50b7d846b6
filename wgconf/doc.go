// Package wgconf reads and writes the configuration files of wg(8) and
// wg-quick(8).
//
// [Parse] keeps a file as it is, to the byte. What it means is taken from it in
// further steps: [Settings] are its typed values, and [Settings.Config] is the
// change to a device that wg(8)'s setconf makes of them. [File.Check] judges a
// file, [File.Formatted] returns it in the canonical layout and [File.Strip] without
// wg-quick's keys; a [File] does not change.
//
// The package knows text. It opens no file, runs no hook and resolves no host
// name: package [github.com/wgctrl/wgctrl/wgconf/resolve] does that last step,
// under a context.
//
// # Two readers
//
// The two programs read the same file with different eyes, and a [Dialect] says
// whose are meant. To wg(8) white space counts nowhere, not even within a key or
// a section's header, every # begins a comment, a NUL ends the line, and an
// empty value is an error. wg-quick(8) looks for its own keys, and only below a
// header without white space in it: it trims lines and values, drops NULs, keeps
// a # in the hooks (PreUp, PostUp, PreDown, PostDown; from v1.0.20260223 on),
// takes a key without = for its own value, and passes all else on to wg(8).
//
// # What is not taken
//
// Files that the programs would take are refused where that would be dangerous
// or depends on the system:
//
//   - A port is a decimal number, 0 to 65535. wg(8) leaves it to the system's
//     resolver: names of services, signs and blanks before the number, and with
//     glibc 65536, which becomes 0.
//   - A numeric host is a whole IPv4 or IPv6 address. wg(8) also takes 127.1 or
//     0x7f000001 for one; here they are names, which do not resolve.
//   - Address, DNS, MTU and Table must be what their names say. wg-quick leaves
//     that to ip(8) and resolvconf(8), which take other spellings too: netmasks,
//     octal and hexadecimal numbers.
//   - Behind an unknown section's header nothing is recognized up to the next
//     one. A byte-order mark is an error, as for wg(8), and the line is read all
//     the same.
//
// One file is taken that wg(8) refuses: of a peer with several Endpoints it looks
// up the name in each, and here only the last one is left to look up.
//
// # Errors
//
// What is wrong with a file is a [*Problem] for each line, which says where it
// is, what was found and what was expected, but repeats no key, nor what may be
// one.
package wgconf
