package wgconf_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// large returns a file with peers that have prefixes, half of them IPv6.
func large(peers, prefixes int) []byte {
	b := []byte("[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nListenPort = 51820\n")
	n := 0
	for i := range peers {
		var key wgtypes.PublicKey
		binary.BigEndian.PutUint32(key[:], uint32(i)*2654435761)
		b = fmt.Appendf(b, "\n[Peer]\nPublicKey = %s\nAllowedIPs = ", key)
		for j := range prefixes {
			if j > 0 {
				b = append(b, ", "...)
			}
			if n++; n%2 == 0 {
				b = fmt.Appendf(b, "10.%d.%d.%d/32", byte(n>>16), byte(n>>8), byte(n))
			} else {
				b = fmt.Appendf(b, "2001:db8:%x:%x::/64", n>>16, n&0xffff)
			}
		}
		b = fmt.Appendf(b, "\nEndpoint = 192.0.2.%d:51820\nPersistentKeepalive = 25\n", byte(i))
	}
	return b
}

func BenchmarkFile(b *testing.B) {
	text := large(10_000, 10)
	file := wgconf.Parse("wg0.conf", text)
	settings, err := file.Settings(wgconf.DialectWG)
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
	run("setconf", func() {
		s, _ := wgconf.Parse("wg0.conf", text).Settings(wgconf.DialectWG)
		_, _ = s.Config()
	})
	run("Parse", func() { wgconf.Parse("wg0.conf", text) })
	run("Settings/wg", func() { _, _ = file.Settings(wgconf.DialectWG) })
	run("Settings/wg-quick", func() { _, _ = file.Settings(wgconf.DialectWGQuick) })
	run("Config", func() { _, _ = settings.Config() })
	run("Lines", func() {
		for range file.Lines(wgconf.DialectWG) {
		}
	})
	run("Check", func() { file.Check(wgconf.DialectWG) })
	run("Strip", func() { file.Strip() })
	run("Formatted", func() { file.Formatted() })
	run("AppendTo", func() { settings.AppendTo(nil) })
}

// TestAllocations checks that reading a large file allocates about once per value
// that is stored by pointer.
func TestAllocations(t *testing.T) {
	const peers = 1000
	text := large(peers, 10)
	file := wgconf.Parse("wg0.conf", text)
	settings := must(file.Settings(wgconf.DialectWG))
	for _, test := range []struct {
		name string
		most float64
		f    func()
	}{
		{"Parse", 4, func() { wgconf.Parse("wg0.conf", text) }},
		{"Settings of wg", peers + 50, func() { must(file.Settings(wgconf.DialectWG)) }},
		{"Settings of wg-quick", peers + 50, func() { must(file.Settings(wgconf.DialectWGQuick)) }},
		{"Config", 2*peers + 50, func() { must(settings.Config()) }},
		{"Check", peers + 100, func() { file.Check(wgconf.DialectWG) }},
		{"Strip", 10, func() { file.Strip() }},
		{"AppendTo", 2*peers + 100, func() { settings.AppendTo(nil) }},
	} {
		if n := testing.AllocsPerRun(5, test.f); n > test.most {
			t.Errorf("%s: %v allocations, want at most %v", test.name, n, test.most)
		}
	}
}
