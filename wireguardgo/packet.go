package wireguardgo

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// Sizes and numbers of RFC 791 (IPv4) and RFC 768 (UDP).
const (
	ipv4Len     = 20
	udpLen      = 8
	ipv4Version = 4<<4 | ipv4Len/4
	protocolUDP = 17
	defaultTTL  = 64
)

// Datagram is a UDP datagram over IPv4.
type Datagram struct {
	// Src and Dst are IPv4.
	Src, Dst netip.AddrPort
	// Payload is less than 65508 bytes long.
	Payload []byte
}

// AppendPacket appends d to b as an IP packet. It omits the UDP checksum, which is
// optional in IPv4: the tunnel authenticates every byte. It panics if Src or Dst is not
// IPv4.
func (d Datagram) AppendPacket(b []byte) []byte {
	start := len(b)
	src, dst := d.Src.Addr().As4(), d.Dst.Addr().As4()
	b = append(b, ipv4Version, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(ipv4Len+udpLen+len(d.Payload)))
	b = append(b, 0, 0, 0, 0, defaultTTL, protocolUDP, 0, 0)
	b = append(append(b, src[:]...), dst[:]...)
	header := b[start:]
	binary.BigEndian.PutUint16(header[10:], checksum(header))

	b = binary.BigEndian.AppendUint16(b, d.Src.Port())
	b = binary.BigEndian.AppendUint16(b, d.Dst.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(udpLen+len(d.Payload)))
	b = append(b, 0, 0)
	return append(b, d.Payload...)
}

// ParsePacket parses a packet that AppendPacket has written. It returns an error
// for everything else: options, fragments, a wrong header checksum or length. The
// Payload refers to packet.
func ParsePacket(packet []byte) (Datagram, error) {
	if len(packet) < ipv4Len+udpLen || packet[0] != ipv4Version || packet[9] != protocolUDP {
		return Datagram{}, errors.New("wireguardgo: not a UDP packet over IPv4")
	}
	header, udp := packet[:ipv4Len], packet[ipv4Len:]
	fragment := binary.BigEndian.Uint16(header[6:]) & 0x3fff // more fragments, or an offset
	if checksum(header) != 0 || fragment != 0 ||
		int(binary.BigEndian.Uint16(header[2:])) != len(packet) || int(binary.BigEndian.Uint16(udp[4:])) != len(udp) {
		return Datagram{}, errors.New("wireguardgo: damaged UDP packet")
	}
	return Datagram{
		Src:     addrPort(header[12:], udp[0:]),
		Dst:     addrPort(header[16:], udp[2:]),
		Payload: udp[udpLen:],
	}, nil
}

func addrPort(addr, port []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(addr)), binary.BigEndian.Uint16(port))
}

// checksum returns the checksum of RFC 1071 of a header with an even length. It is
// 0 for a header that includes its checksum.
func checksum(header []byte) uint16 {
	var sum uint32
	for ; len(header) > 0; header = header[2:] {
		sum += uint32(binary.BigEndian.Uint16(header))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
