package wgconf_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const exampleFile = `[Interface]
Address = 10.0.0.1/24
PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
ListenPort = 51820

# Anne's laptop
[Peer]
PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
AllowedIPs = 10.0.0.2/32
`

func Example() {
	file := wgconf.Parse("wg0.conf", []byte(exampleFile))

	settings, err := file.Settings(wgconf.DialectWGQuick)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(settings.Interface.Addresses, settings.Interface.PrivateKey)
	for _, p := range settings.Peers {
		fmt.Println(p.PublicKey, p.AllowedIPs[0].Prefix)
	}

	// The file keeps its text.
	fmt.Println(string(file.AppendTo(nil)) == exampleFile)
	// Output:
	// [10.0.0.1/24] (hidden)
	// xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= 10.0.0.2/32
	// true
}

func ExampleFile_Settings() {
	file := wgconf.Parse("wg0.conf", []byte("[Interface]\nListenPort = 65536\nAdress = 10.0.0.1\n"))
	_, err := file.Settings(wgconf.DialectWGQuick)
	fmt.Println(err)

	if p, ok := errors.AsType[*wgconf.Problem](err); ok {
		fmt.Println(p.Line, p.Section, p.Key, p.Value)
	}
	// Output:
	// wg0.conf:2: invalid ListenPort "65536": must be 0 to 65535
	// wg0.conf:3: unrecognized line: unknown key "Adress" in [Interface], did you mean Address?
	// 2 Interface ListenPort 65536
}

func ExampleFile_Check() {
	file := wgconf.Parse("wg0.conf", []byte("[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nAllowedIPs = 10.0.0.1/24\n[Peer]\n"))
	for _, problem := range file.Check(wgconf.DialectWG) {
		fmt.Println(problem)
	}
	// Output:
	// wg0.conf:3: warning: AllowedIPs "10.0.0.1/24": has host bits set; WireGuard will use 10.0.0.0/24
	// wg0.conf:4: [Peer] has no PublicKey
}

func ExampleFile_Lines() {
	file := wgconf.Parse("wg0.conf", []byte("[Peer]\nAllowed IPs = 10.0.0.1, ::/0 # all\n"))
	for line := range file.Lines(wgconf.DialectWG) {
		if line.Key != "" {
			fmt.Println(line.Number, line.Peer, line.Key, line.Value())
		}
	}
	// Output: 2 0 AllowedIPs 10.0.0.1,::/0
}

func ExampleFile_PeerNames() {
	file := wgconf.Parse("wg0.conf", []byte(exampleFile))
	for key, name := range file.PeerNames() {
		fmt.Println(key, name)
	}
	// Output: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= Anne's laptop
}

func ExampleFile_Strip() {
	file := wgconf.Parse("wg0.conf", []byte(exampleFile))
	os.Stdout.Write(file.Strip().AppendTo(nil))
	// Output:
	// [Interface]
	// PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
	// ListenPort = 51820
	//
	// # Anne's laptop
	// [Peer]
	// PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
	// AllowedIPs = 10.0.0.2/32
}

func ExampleFile_Formatted() {
	file := wgconf.Parse("wg0.conf", []byte("[interface]\r\nlistenport=51820\r\n# Anne\r\n[PEER]\r\nallowedips=10.0.0.2,::/0 # all"))
	os.Stdout.Write(file.Formatted().AppendTo(nil))
	// Output:
	// [Interface]
	// ListenPort = 51820
	//
	// # Anne
	// [Peer]
	// AllowedIPs = 10.0.0.2, ::/0 # all
}

func ExampleSettings_Config() {
	settings, err := wgconf.Parse("wg0.conf", []byte(exampleFile)).Settings(wgconf.DialectWGQuick)
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := settings.Config()
	if err != nil {
		fmt.Println(err)
		return
	}
	// Settings that the file does not have are cleared.
	fmt.Println(config.ReplacePeers, *config.ListenPort, *config.FirewallMark)
	fmt.Println(config.Peers[0].AllowedIPs, *config.Peers[0].PersistentKeepalive)
	// Output:
	// true 51820 0
	// [10.0.0.2/32] 0s
}

func ExampleFromDevice() {
	device := &wgtypes.Device{ListenPort: 51820, FirewallMark: 0xca6c, Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{1}}}}
	os.Stdout.Write(wgconf.FromDevice(device).AppendTo(nil))
	// Output:
	// [Interface]
	// ListenPort = 51820
	// FwMark = 0xca6c
	//
	// [Peer]
	// PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
}

func ExampleParseEndpoint() {
	e, err := wgconf.ParseEndpoint("[2001:db8::1]:51820")
	fmt.Println(e.Host, e.Port, err)
	// The last colon separates the port.
	e, err = wgconf.ParseEndpoint("2001:db8::1:51820")
	fmt.Println(e, err)
	// Output:
	// 2001:db8::1 51820 <nil>
	// [2001:db8::1]:51820 <nil>
}
