// Package nltest is the kernel's side of the netlink protocol, for tests: it
// encodes replies, decodes requests and has a fake kernel. Only tests import it.
//
// It shares no codec with package nlwire, so that the two check each other.
package nltest
