package wgcommand

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// largeDevice returns a device whose peers have allowed IPs of both families.
func largeDevice(peers, allowedIPs int) *wgtypes.Device {
	d := &wgtypes.Device{Name: "wg0", PrivateKey: wgtypes.NewPrivateKey([32]byte{31: 0x40}), ListenPort: 51820}
	d.PublicKey = d.PrivateKey.PublicKey()
	for i := range peers {
		var key [32]byte
		binary.BigEndian.PutUint64(key[:], uint64(i)*0x9e3779b97f4a7c15)
		p := wgtypes.Peer{
			PublicKey: key, PresharedKey: wgtypes.NewPresharedKey([32]byte{1, 2, 3, byte(i)}),
			Endpoint:            netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), uint16(1024+i)),
			PersistentKeepalive: 25 * time.Second, LastHandshake: time.Unix(1700000000+int64(i%1000), 0),
			ReceiveBytes: uint64(i) << 20, TransmitBytes: uint64(i) << 10,
		}
		for j := range allowedIPs {
			if j%2 == 0 {
				p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), byte(j)}), 32))
				continue
			}
			raw := [16]byte{0x20, 0x01, 0x0d, 0xb8, byte(i >> 8), byte(i), 7: byte(j)}
			p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom16(raw), 64))
		}
		d.Peers = append(d.Peers, p)
	}
	return d
}

func BenchmarkShow(b *testing.B) {
	d := largeDevice(10_000, 10)
	for _, bm := range []struct {
		name string
		run  func(c *command)
	}{
		{"dump", func(c *command) { _ = c.writeField(d, "dump", false) }},
		{"pretty", func(c *command) { c.pretty(d) }},
		{"showconf", func(c *command) { c.writeConf(d) }},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			c := &command{env: &Env{}, out: newOutput(io.Discard)}
			for b.Loop() {
				bm.run(c)
			}
		})
	}
}

func BenchmarkParseFile(b *testing.B) {
	for _, size := range []struct{ peers, allowedIPs int }{{10_000, 10}, {10, 10_000}} {
		var text bytes.Buffer
		c := &command{env: &Env{}, out: newOutput(&text)}
		c.writeConf(largeDevice(size.peers, size.allowedIPs))
		_ = c.out.flush()
		for name, strict := range map[string]bool{"wg": false, "strict": true} {
			b.Run(fmt.Sprintf("%dx%d/%s", size.peers, size.allowedIPs, name), func(b *testing.B) {
				c := &command{ctx: b.Context(), env: &Env{Strict: strict}, out: newOutput(io.Discard)}
				b.ReportAllocs()
				b.SetBytes(int64(text.Len()))
				for b.Loop() {
					ch, err := c.parse("", text.Bytes())
					if err != nil {
						b.Fatal(err)
					}
					if _, err := ch.config(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// TestAllocations checks that the number of allocations does not depend on the
// number of peers and allowed IPs.
func TestAllocations(t *testing.T) {
	d := largeDevice(100, 10)
	c := &command{env: &Env{}, out: newOutput(io.Discard)}
	for name, f := range map[string]func(){
		"dump":     func() { _ = c.writeField(d, "dump", true) },
		"pretty":   func() { c.pretty(d) },
		"showconf": func() { c.writeConf(d) },
	} {
		if n := testing.AllocsPerRun(10, f); n > 3 {
			t.Errorf("%s of 100 peers = %v allocations, want at most 3", name, n)
		}
	}
}
