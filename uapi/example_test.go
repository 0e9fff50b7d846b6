package uapi_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const publicKeyText = "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw="

func ExampleAppendSet() {
	key, err := wgtypes.ParsePublicKey(publicKeyText)
	if err != nil {
		fmt.Println(err)
		return
	}
	request := uapi.AppendSet(nil, wgtypes.Config{
		ListenPort: new(uint16(51820)),
		Peers: []wgtypes.PeerConfig{{
			PublicKey:         key,
			Endpoint:          netip.MustParseAddrPort("192.0.2.1:51820"),
			ReplaceAllowedIPs: true,
			AllowedIPs:        []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		}},
	})
	os.Stdout.Write(request)
	// Output:
	// set=1
	// listen_port=51820
	// public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c
	// endpoint=192.0.2.1:51820
	// replace_allowed_ips=true
	// allowed_ip=10.0.0.0/8
}

// A program that talks to a daemon itself.
func ExampleParseDevice() {
	os.Stdout.Write(uapi.AppendGet(nil))
	reply := `listen_port=51820
public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c
allowed_ip=10.0.0.0/8
errno=0

`
	d, err := uapi.ParseDevice(strings.NewReader(reply), time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.ListenPort, d.Peers[0].PublicKey, d.Peers[0].AllowedIPs)
	// Output:
	// get=1
	//
	// 51820 HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw= [10.0.0.0/8]
}

func ExampleDecoder() {
	reply := `listen_port=51820
public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c
endpoint=[2001:db8::1]:51820
allowed_ip=10.0.0.0/8
allowed_ip=2001:db8:1::/48
errno=0

`
	d := uapi.NewDecoder(strings.NewReader(reply), time.Now())
	defer d.Close()
	device, err := d.Device()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("port", device.ListenPort)
	for peer, err := range d.Peers() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(peer.PublicKey, peer.Endpoint, peer.AllowedIPs)
	}
	// Output:
	// port 51820
	// HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw= [2001:db8::1]:51820 [10.0.0.0/8 2001:db8:1::/48]
}

func ExampleParseErrno() {
	err := uapi.ParseErrno(strings.NewReader("errno=-22\n\n"))
	fmt.Println(errors.Is(err, syscall.EINVAL))
	// Output: true
}

func ExampleParseSet() {
	request := `set=1
public_key=1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c
remove=true

`
	c, err := uapi.ParseSet(strings.NewReader(request))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Peers[0].PublicKey, c.Peers[0].Remove)
	// Output: HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw= true
}

func ExampleAppendDevice() {
	reply := uapi.AppendDevice(nil, &wgtypes.Device{ListenPort: 51820})
	os.Stdout.Write(reply)
	// Output:
	// listen_port=51820
	// errno=0
}
