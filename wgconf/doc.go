// Package wgconf reads and writes the configuration files of wg(8) and
// wg-quick(8), and of awg(8) and awg-quick(8), which configure AmneziaWG.
//
// [Parse] keeps a file byte for byte. [File.Settings] returns its typed values,
// and [Settings.Config] the change to a device that wg(8)'s setconf would make.
// [File.Check] reports errors and likely mistakes. [File.Formatted] returns the
// file in the canonical layout and [File.Strip] without wg-quick's keys. A [File]
// does not change. [FromDevice] and [Settings.AppendTo] write files.
//
// The package performs no I/O: it opens no files, runs no hooks and resolves no
// host names. Package [github.com/wgctrl/wgctrl/wgconf/resolve] resolves them.
//
// # Dialects
//
// The two programs read the same file by different rules. A [Dialect] selects
// them. wg(8) ignores white space everywhere, even within a key or a section's
// header; every # starts a comment, a NUL byte ends the line, and an empty value
// is an error. wg-quick(8) looks for its own keys, only below an [Interface]
// header without white space in it. It trims lines and values, drops NUL bytes,
// keeps a # in the hooks (PreUp, PostUp, PreDown, PostDown; from v1.0.20260223
// on), and uses a line without "=" as the value of its own key. It passes all
// other lines to wg(8).
//
// awg(8) and awg-quick(8) read files by the same rules and have more keys.
// [DialectAWG] and [DialectAWGQuick] accept all files of wg(8) and wg-quick(8), so a
// program that configures both kinds of devices needs no other dialect:
// Interface.Amnezia is nil if the file has no parameter of AmneziaWG. [DialectWG] and
// [DialectWGQuick] report a file with such parameters as one error, of kind
// [ErrOtherFormat].
//
// # AmneziaWG
//
// The package has the parameters of AmneziaWG 1.0 to 3.1 (package wgtypes describes
// them) and ranges as PersistentKeepalive. It differs from awg(8):
//
//   - White space in I1 to I5 counts in every line. awg(8) ignores it if the line does
//     not start with the key.
//   - I1 to I5 without a value remove the packet. A parameter of version 3 without a
//     value is not set. The apps of AmneziaWG write such lines; awg(8) rejects them.
//   - Numbers and ranges above 65535 are errors, except in H1 to H4. awg(8) cuts them to
//     16 bits.
//   - PersistentKeepalive may be off. awg(8) 3 rejects that.
//   - 0 in H1 to H4, and I1 to I5 that make some devices crash, are errors.
//   - Parameters that contradict each other are errors, such as a Jmin above Jmax.
//   - AdvancedSecurity, SpecialHandshake, J1 to J3 and Itime set nothing. Check warns
//     about them.
//
// # Differences
//
// The package rejects some files that the programs accept, because they are
// dangerous or depend on the system:
//
//   - A port must be a decimal number, 0 to 65535. wg(8) passes it to the system's
//     resolver, which accepts names of services, signs and blanks before the
//     number, and with glibc 65536 as 0.
//   - The host of an Endpoint must be a complete IP address or a host name. wg(8)
//     also accepts 127.1 and 0x7f000001, and passes anything else to the system's
//     resolver, which does not find it. [ParseEndpoint] accepts every host
//     without white space, control characters and brackets.
//   - Address, DNS, MTU and Table must have values of their type. wg-quick passes
//     them to ip(8) and resolvconf(8), which also accept netmasks, octal and
//     hexadecimal numbers.
//   - Lines in an unknown section are not recognized. A byte-order mark is an
//     error, as for wg(8), but the rest of its line is still read.
//
// The package accepts one kind of file that wg(8) may reject: wg(8) looks up the
// host names of all Endpoints of a peer, and the package keeps only the last one.
//
// # Errors
//
// Each error about a file or a value is a [*Problem] with the file, line, section,
// key, value and what was expected. It contains no secret, and no part of one: a value
// with 16 or more letters, digits, "+" and "/" in a row is not quoted, unless they
// are words, or a number that was parsed on its own.
//
// Files of more than [MaxSize] bytes are not read, and errors beyond 1000 are only
// counted, so that the memory for reading a file is a small multiple of its size.
package wgconf
