package workload

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config returns the configuration of a device of this size. Every peer has an
// endpoint and a keepalive, every second peer has a preshared key, and every fourth
// prefix is IPv6. The firewall mark is set, which costs time for each peer that
// exists.
func (s Size) Config() wgtypes.Config {
	r := rand.New(rand.NewPCG(1, 2)) // the same keys for every contestant
	c := wgtypes.Config{
		PrivateKey:   new(wgtypes.NewPrivateKey(key(r)).Clamped()),
		ListenPort:   new(uint16(51820)),
		FirewallMark: new(uint32(1)),
		ReplacePeers: true,
		Peers:        make([]wgtypes.PeerConfig, s.Peers),
	}
	keepalive := 25 * time.Second
	for i := range c.Peers {
		p := &c.Peers[i]
		p.PublicKey = key(r)
		p.Endpoint = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), uint16(1024+i%60000))
		p.PersistentKeepalive = &keepalive
		if i%2 == 0 {
			p.PresharedKey = new(wgtypes.NewPresharedKey(key(r)))
		}
		p.AllowedIPs = make([]netip.Prefix, s.Prefixes)
		for j := range p.AllowedIPs {
			p.AllowedIPs[j] = prefix(i*s.Prefixes + j)
		}
	}
	return c
}

// Device returns the state of a device that was configured with Config.
func (s Size) Device(name string) *wgtypes.Device {
	c := s.Config()
	d := &wgtypes.Device{
		Name: name, PrivateKey: *c.PrivateKey, PublicKey: c.PrivateKey.PublicKey(),
		ListenPort: *c.ListenPort, FirewallMark: *c.FirewallMark, Peers: make([]wgtypes.Peer, len(c.Peers)),
	}
	for i := range c.Peers {
		from, p := &c.Peers[i], &d.Peers[i]
		*p = wgtypes.Peer{
			PublicKey: from.PublicKey, Endpoint: from.Endpoint, PersistentKeepalive: *from.PersistentKeepalive,
			LastHandshake: time.Unix(1_700_000_000, int64(i)+1).UTC(),
			ReceiveBytes:  uint64(i) << 20, TransmitBytes: uint64(i) << 24,
			AllowedIPs: from.AllowedIPs, ProtocolVersion: 1,
		}
		if from.PresharedKey != nil {
			p.PresharedKey = *from.PresharedKey
		}
	}
	return d
}

func key(r *rand.Rand) (k [wgtypes.KeyLen]byte) {
	for i := 0; i < len(k); i += 8 {
		binary.LittleEndian.PutUint64(k[i:], r.Uint64())
	}
	return k
}

// prefix returns the nth prefix of a device.
func prefix(n int) netip.Prefix {
	if n%4 == 3 {
		a := [16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8}
		binary.BigEndian.PutUint32(a[4:], uint32(n))
		return netip.PrefixFrom(netip.AddrFrom16(a), 64)
	}
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], 10<<24|uint32(n))
	return netip.PrefixFrom(netip.AddrFrom4(a), 32)
}
