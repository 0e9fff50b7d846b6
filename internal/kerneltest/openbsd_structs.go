package kerneltest

import "encoding/binary"

// openBSDStructs has the offsets and sizes, in bytes, of the structures in if_wg.h.
type openBSDStructs struct {
	word                   int // the size of size_t
	argSize, argPointer    int // of struct wg_data_io
	setRequest, getRequest uint32
	inet6                  byte
	peerFlags              uint32 // all flags that exist
	iface                  openBSDInterface
	peer                   openBSDPeer
}

// openBSDInterface is struct wg_interface_io. It begins with i_flags.
type openBSDInterface struct{ flagsSize, port, mark, public, private, count, size int }

// openBSDPeer is struct wg_peer_io. It begins with p_flags. -1 stands for a field that
// does not exist.
type openBSDPeer struct {
	version, public, psk, keepalive, endpoint, tx, rx, sec, nsec, id, description, count, size int
}

// The numbers are those of clang: see docs/testing.md.
var (
	openBSD64 = openBSDStructs{8, 32, 24, 0xc02069d2, 0xc02069d3, 24, 255,
		openBSDInterface{1, 2, 4, 8, 40, 72, 80},
		openBSDPeer{4, 8, 40, 72, 76, 104, 112, 120, 128, -1, 136, 200, 208}}
	openBSD64Old = openBSDStructs{8, 32, 24, 0xc02069d2, 0xc02069d3, 24, 127,
		openBSDInterface{1, 2, 4, 8, 40, 72, 80},
		openBSDPeer{4, 8, 40, 72, 76, 104, 112, 120, 128, -1, -1, 136, 144}}
	openBSD32 = openBSDStructs{4, 24, 20, 0xc01869d2, 0xc01869d3, 24, 255,
		openBSDInterface{1, 2, 4, 8, 40, 72, 76},
		openBSDPeer{4, 8, 40, 72, 76, 104, 112, 120, 128, -1, 132, 196, 200}}
	openBSD32Old = openBSDStructs{4, 24, 20, 0xc01869d2, 0xc01869d3, 24, 127,
		openBSDInterface{1, 2, 4, 8, 40, 72, 76},
		openBSDPeer{4, 8, 40, 72, 76, 104, 112, 120, 128, -1, -1, 132, 136}}
	dragonFlyStructs = openBSDStructs{8, 32, 24, 0xc02069d2, 0xc02069d3, 28, 255,
		openBSDInterface{4, 4, 8, 12, 44, 80, 88},
		openBSDPeer{-1, 4, 36, 68, 72, 104, 112, 120, 128, 136, 144, 208, 216}}
)

// struct wg_aip_io begins with a_af.
const (
	openBSDAllowedBits = 4
	openBSDAllowedAddr = 8
	openBSDAllowedSize = 24
)

// The flags of an interface.
const (
	openBSDHasPublic    = 1
	openBSDHasPrivate   = 2
	openBSDHasPort      = 4
	openBSDHasMark      = 8
	openBSDReplacePeers = 16
)

// The flags of a peer.
const (
	openBSDPeerHasPublic      = 1
	openBSDPeerHasPSK         = 2
	openBSDPeerHasKeepalive   = 4
	openBSDPeerHasEndpoint    = 8
	openBSDPeerReplaceAllowed = 16
	openBSDPeerRemove         = 32
	openBSDPeerUpdate         = 64
	openBSDPeerSetDescription = 128
)

func (s *openBSDStructs) getWord(b []byte) uint64 {
	if s.word == 8 {
		return binary.NativeEndian.Uint64(b)
	}
	return uint64(binary.NativeEndian.Uint32(b))
}

func (s *openBSDStructs) putWord(b []byte, n uint64) {
	if s.word == 8 {
		binary.NativeEndian.PutUint64(b, n)
	} else {
		binary.NativeEndian.PutUint32(b, uint32(n))
	}
}
