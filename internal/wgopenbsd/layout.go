package wgopenbsd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// OS is an operating system with these ioctls.
type OS uint8

const (
	OpenBSD OS = iota
	DragonFly
)

// host is the byte order of integers, except for network addresses and the ports of
// endpoints.
var host = binary.NativeEndian

// Flags of an interface.
const (
	ifaceHasPublic    = 1 << iota // only in replies
	ifaceHasPrivate               // zeros, in a request, for none
	ifaceHasPort                  // in a reply only if not 0
	ifaceHasMark                  // HAS_RTABLE or HAS_COOKIE; in a reply only if not 0
	ifaceReplacePeers             // only in requests
)

// Flags of a peer. SET_DESCRIPTION (128) is not sent, so that descriptions stay.
const (
	peerHasPublic = 1 << iota
	peerHasPSK    // zeros, in a request, for none
	peerHasKeepalive
	peerHasEndpoint
	peerReplaceAllowedIPs // only in requests, as are the following
	peerRemove
	peerUpdate
)

// Layout says where the fields of a kernel's structures are. The data of an ioctl are
// one wg_interface_io, and then for each peer one wg_peer_io and its wg_aip_io. Numbers
// are in bytes.
type Layout struct {
	name  string // as it follows "layout of"
	word  int    // the size of size_t, long and pointers
	inet6 uint8  // AF_INET6

	// struct wg_interface_io begins with i_flags.
	ifaceFlags   int // the size of i_flags
	ifacePort    int // u16, in the machine's byte order
	ifaceMark    int // u32: i_rtable, on DragonFly BSD i_cookie
	ifacePublic  int
	ifacePrivate int
	ifaceCount   int // size_t, the number of peers
	ifaceSize    int

	// struct wg_peer_io begins with p_flags, an int.
	peerVersion   int // int: the protocol version; -1 if there is none
	peerPublic    int
	peerPSK       int
	peerKeepalive int // u16 seconds, in the machine's byte order
	peerEndpoint  int // struct sockaddr_in or sockaddr_in6
	peerTx        int // u64
	peerRx        int // u64
	peerHandshake int // s64 seconds and long nanoseconds of the epoch; 0/0 for never
	peerCount     int // size_t, the number of allowed IPs
	peerSize      int

	// maxMark is the largest firewall mark.
	maxMark uint32
	// onePeer says that the kernel reads the record of a removed or skipped peer again
	// instead of the next one, so that only the last peer of a request may be removed
	// or skipped.
	onePeer bool
}

// OpenBSD inserted p_description in front of the number of allowed IPs in 7.4, and the
// ioctls kept their numbers.
var (
	openBSD64    = openBSD("OpenBSD 7.4 and later (64 bit)", 8, 80, 200, 208)
	openBSD32    = openBSD("OpenBSD 7.4 and later (32 bit)", 4, 76, 196, 200)
	openBSD64Old = beforeDescriptions(openBSD("OpenBSD before 7.4 (64 bit)", 8, 80, 136, 144))
	openBSD32Old = beforeDescriptions(openBSD("OpenBSD before 7.4 (32 bit)", 4, 76, 132, 136))
	dragonFly    = Layout{
		name: "DragonFly BSD", word: 8, inet6: bsd.Inet6FreeBSD,
		ifaceFlags: 4, ifacePort: 4, ifaceMark: 8, ifacePublic: 12, ifacePrivate: 44,
		ifaceCount: 80, ifaceSize: 88,
		peerVersion: -1, peerPublic: 4, peerPSK: 36, peerKeepalive: 68, peerEndpoint: 72,
		peerTx: 104, peerRx: 112, peerHandshake: 120, peerCount: 208, peerSize: 216,
		maxMark: math.MaxUint32,
	}
)

// openBSD returns a layout of OpenBSD, whose releases and processors differ only in
// these numbers.
func openBSD(name string, word, ifaceSize, peerCount, peerSize int) Layout {
	return Layout{
		name: name, word: word, inet6: bsd.Inet6OpenBSD,
		ifaceFlags: 1, ifacePort: 2, ifaceMark: 4, ifacePublic: 8, ifacePrivate: 40,
		ifaceCount: 72, ifaceSize: ifaceSize,
		peerVersion: 4, peerPublic: 8, peerPSK: 40, peerKeepalive: 72, peerEndpoint: 76,
		peerTx: 104, peerRx: 112, peerHandshake: 120, peerCount: peerCount, peerSize: peerSize,
		maxMark: math.MaxInt32,
	}
}

func beforeDescriptions(l Layout) Layout {
	l.onePeer = true
	return l
}

// Layouts returns the layouts that a kernel can have, the most likely one first. arch is
// its processor as in GOARCH. release is its kern.osrelease; the newest is assumed if it
// is malformed. The error wraps errors.ErrUnsupported.
func Layouts(s OS, arch, release string) ([]*Layout, error) {
	if s == DragonFly {
		return []*Layout{&dragonFly}, nil
	}
	var layouts []*Layout
	switch arch {
	case "arm":
		// The allowed IPs of a peer begin at offset 204 of its 208 bytes. The kernel copies
		// the peer last, so that its padding replaces the family of the first allowed IP.
		return nil, wginternal.Tag(errors.ErrUnsupported,
			errors.New("kernel devices are not supported on OpenBSD for arm, whose kernel overwrites allowed IPs in its replies"))
	case "386":
		layouts = []*Layout{&openBSD32, &openBSD32Old}
	default:
		layouts = []*Layout{&openBSD64, &openBSD64Old}
	}
	if hasNoDescriptions(release) {
		layouts[0], layouts[1] = layouts[1], layouts[0]
	}
	return layouts, nil
}

// hasNoDescriptions reports whether a release is before 7.4. The result is false if
// release is malformed.
func hasNoDescriptions(release string) bool {
	majorText, minorText, _ := strings.Cut(release, ".")
	major, err := strconv.Atoi(majorText)
	if err != nil {
		return false
	}
	minor, err := strconv.Atoi(minorText)
	if err != nil {
		return false
	}
	return major < 7 || major == 7 && minor < 4
}

// String returns which kernels have the layout.
func (l *Layout) String() string { return l.name }

// getWord returns the size_t at the start of b.
func getWord(b []byte, size int) uint64 {
	if size == 4 {
		return uint64(host.Uint32(b))
	}
	return host.Uint64(b)
}

func putWord(b []byte, size int, n uint64) {
	if size == 4 {
		host.PutUint32(b, uint32(n))
	} else {
		host.PutUint64(b, n)
	}
}

// ErrMalformed means that a reply of the kernel is invalid.
var ErrMalformed = errors.New("malformed reply of the kernel")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
