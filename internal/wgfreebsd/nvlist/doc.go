// Package nvlist encodes and decodes packed name-value lists, the format of FreeBSD's
// libnv (sys/contrib/libnv).
//
// A list is a header and its pairs. A pair has a name and a value, which can be an
// array of lists. Nothing is aligned or padded. The byte order is little endian, or
// big endian if the header's flag says so. Each list, also a nested one, states how
// many bytes follow its header up to the end of the outermost list.
//
// Encoders append and cannot fail. The decoder is a Cursor with a sticky error.
package nvlist
