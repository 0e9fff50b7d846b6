package kerneltest_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
)

// netbsdKey is a key in a property list.
const netbsdKey = "<data>CQoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</data>"

// netbsdIoctl sends a command with a dictionary of these elements on a kernel of a 64-bit
// processor.
func netbsdIoctl(k *kerneltest.NetBSD, name string, command kerneltest.NetBSDCommand, elements string) error {
	list := []byte(`<plist version="1.0"><dict>` + elements + `</dict></plist>`)
	arg := make([]byte, 40)
	copy(arg, name)
	binary.LittleEndian.PutUint64(arg[16:], uint64(command))
	binary.LittleEndian.PutUint64(arg[24:], uint64(len(list)))
	return k.Ioctl(0x8028697b, arg, 32, list)
}

// netbsdPeer returns the elements of a peer with n allowed IPs, which are the same for
// every peer.
func netbsdPeer(name, key string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<dict><key>family</key><integer>24</integer><key>cidr</key><integer>128</integer><key>ip</key><data>/QAAAAAAAAAAAAAAAAAA%cA==</data></dict>", 'A'+i)
	}
	return "<key>name</key><string>" + name + "</string><key>public_key</key>" + key + "<key>allowedips</key><array>" + b.String() + "</array>"
}

// TestNetBSDFaults checks that the fake kernel records what a program must not send.
func TestNetBSDFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command  kerneltest.NetBSDCommand
		elements string
	}{
		"17 allowed IPs":     {kerneltest.NetBSDAddPeer, netbsdPeer("a", netbsdKey, 17)},
		"short public key":   {kerneltest.NetBSDAddPeer, netbsdPeer("a", "<data>CQoA</data>", 1)},
		"no name":            {kerneltest.NetBSDAddPeer, netbsdPeer("", netbsdKey, 1)},
		"host bits":          {kerneltest.NetBSDAddPeer, strings.Replace(netbsdPeer("a", netbsdKey, 2), "<integer>128<", "<integer>64<", 2)},
		"cidr of 129":        {kerneltest.NetBSDAddPeer, strings.Replace(netbsdPeer("a", netbsdKey, 1), "<integer>128<", "<integer>129<", 1)},
		"another family":     {kerneltest.NetBSDAddPeer, strings.Replace(netbsdPeer("a", netbsdKey, 1), "<integer>24<", "<integer>10<", 1)},
		"short endpoint":     {kerneltest.NetBSDAddPeer, netbsdPeer("a", netbsdKey, 1) + "<key>endpoint</key><data>EAIAAA==</data>"},
		"no private key":     {kerneltest.NetBSDSetPrivateKey, ""},
		"short private key":  {kerneltest.NetBSDSetPrivateKey, "<key>private_key</key><data>CQoA</data>"},
		"private key zeros":  {kerneltest.NetBSDSetPrivateKey, "<key>private_key</key><data>" + strings.Repeat("A", 43) + "=</data>"},
		"port of 17 bits":    {kerneltest.NetBSDSetListenPort, "<key>listen_port</key><integer>0x10000</integer>"},
		"nameless deletion":  {kerneltest.NetBSDDeletePeer, ""},
		"unknown command":    {3, ""},
		"key twice":          {kerneltest.NetBSDDeletePeer, "<key>name</key><string>a</string><key>name</key><string>a</string>"},
		"text between tags":  {kerneltest.NetBSDDeletePeer, "x"},
		"unknown tag":        {kerneltest.NetBSDDeletePeer, "<key>name</key><date>a</date>"},
		"attribute of a tag": {kerneltest.NetBSDDeletePeer, `<key>name</key><string a="b">a</string>`},
		"not well-formed":    {kerneltest.NetBSDDeletePeer, "<key>name</key><string>a"},
	} {
		k := kerneltest.NewNetBSD()
		k.AddDevice("wg0")
		err := netbsdIoctl(k, "wg0", test.command, test.elements)
		if faults := k.Faults(); len(faults) != 1 {
			t.Errorf("%s: Ioctl() = %v, faults = %q, want one", name, err, faults)
		}
	}
}

// TestNetBSDForeignDriver checks that an ioctl on another driver's interface is a fault.
func TestNetBSDForeignDriver(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewNetBSD()
	k.Add("bridge0", "")
	if err := netbsdIoctl(k, "bridge0", kerneltest.NetBSDDeletePeer, ""); err == nil || len(k.Faults()) != 1 {
		t.Errorf("Ioctl() = %v, faults = %q, want an error and one fault", err, k.Faults())
	}
}

// TestNetBSDErrors checks the errors of commands that a program may send.
func TestNetBSDErrors(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewNetBSD()
	k.AddDevice("wg0")
	otherKey := strings.Replace(netbsdKey, "CQoA", "CQsA", 1)
	for _, test := range []struct {
		name, device string
		command      kerneltest.NetBSDCommand
		elements     string
		want         error
	}{
		{"new peer", "wg0", kerneltest.NetBSDAddPeer, netbsdPeer("a", netbsdKey, 1), nil},
		{"same key", "wg0", kerneltest.NetBSDAddPeer, netbsdPeer("b", netbsdKey, 0), syscall.EEXIST},
		{"same name", "wg0", kerneltest.NetBSDAddPeer, netbsdPeer("a", otherKey, 0), syscall.EEXIST},
		{"same prefix", "wg0", kerneltest.NetBSDAddPeer, netbsdPeer("b", otherKey, 1), syscall.EEXIST},
		{"long name", "wg0", kerneltest.NetBSDAddPeer, netbsdPeer(strings.Repeat("b", 17), otherKey, 0), syscall.EINVAL},
		{"short preshared key", "wg0", kerneltest.NetBSDAddPeer, netbsdPeer("b", otherKey, 0) + "<key>preshared_key</key><data>CQoA</data>", syscall.EINVAL},
		{"unknown name", "wg0", kerneltest.NetBSDDeletePeer, "<key>name</key><string>c</string>", syscall.ENOENT},
		{"first port", "wg0", kerneltest.NetBSDSetListenPort, "<key>listen_port</key><integer>7</integer>", nil},
		{"same port", "wg0", kerneltest.NetBSDSetListenPort, "<key>listen_port</key><integer>0x7</integer>", nil},
		{"second port", "wg0", kerneltest.NetBSDSetListenPort, "<key>listen_port</key><integer>8</integer>", syscall.EINVAL},
		{"too long", "wg0", kerneltest.NetBSDDeletePeer, strings.Repeat(" ", 32766), syscall.E2BIG},
		{"no interface", "wg1", kerneltest.NetBSDDeletePeer, "", syscall.ENXIO},
	} {
		if err := netbsdIoctl(k, test.device, test.command, test.elements); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("%s: Ioctl() = %v, want %v", test.name, err, test.want)
		}
	}
	if faults := k.Faults(); len(faults) > 0 {
		t.Errorf("faults = %q, want none", faults)
	}
}

// TestNetBSDLeak checks that a peer that fails leaves its prefixes behind, and that no
// other peer can have them.
func TestNetBSDLeak(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewNetBSD()
	k.AddDevice("wg0")
	twice := strings.Replace(netbsdPeer("a", netbsdKey, 2), "AAAABA==", "AAAAAA==", 1)
	for range 2 {
		if err := netbsdIoctl(k, "wg0", kerneltest.NetBSDAddPeer, twice); !errors.Is(err, syscall.EEXIST) {
			t.Errorf("Ioctl() = %v, want EEXIST", err)
		}
	}
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		if len(d.Leaked) != 1 || len(d.Peers) != 0 {
			t.Errorf("device has %d leaked prefixes and %d peers, want 1 and 0", len(d.Leaked), len(d.Peers))
		}
	})
}
