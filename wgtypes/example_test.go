package wgtypes_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

func ExampleParsePublicKey() {
	key, err := wgtypes.ParsePublicKey("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=")
	fmt.Println(key, err)

	// Some parsers accept a text without the last character as another key.
	_, err = wgtypes.ParsePublicKey("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg")
	fmt.Println(err)
	// Output:
	// xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= <nil>
	// wgtypes: public key has 43 characters, must have 44 (base64)
}

func ExampleGeneratePrivateKey() {
	private, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		panic(err)
	}
	public := private.PublicKey()

	parsed, err := wgtypes.ParsePublicKey(public.String())
	fmt.Println(parsed == public, err)
	// Output: true <nil>
}

func ExamplePrivateKey() {
	key, err := wgtypes.ParsePrivateKey("yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=")
	if err != nil {
		panic(err)
	}
	fmt.Printf("%v, %x, %+v\n", key, key, struct{ Key wgtypes.PrivateKey }{key})

	// AppendText returns the secret.
	text, err := key.MarshalText()
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text) == "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=")
	fmt.Println(key.PublicKey())
	// Output:
	// (hidden), (hidden), {Key:(hidden)}
	// true
	// HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=
}

func ExampleDevice_LogValue() {
	d := wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, PrivateKey: wgtypes.NewPrivateKey([32]byte{1}), ListenPort: 51820}
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime}))
	log.Info("configured", "device", d)
	// Output:
	// level=INFO msg=configured device.name=wg0 device.kind=kernel device.private_key=(hidden) device.listen_port=51820 device.firewall_mark=0 device.peers=0
}

func ExampleConfig() {
	c := wgtypes.Config{
		ListenPort: new(uint16(51820)),
		Peers: []wgtypes.PeerConfig{{
			PublicKey:           wgtypes.PublicKey{1},
			PersistentKeepalive: new(25 * time.Second),
			AllowedIPs:          []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		}},
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
	// Output:
	// {"listen_port":51820,"peers":[{"public_key":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","persistent_keepalive":25,"allowed_ips":["10.0.0.0/8"]}]}
}

func ExampleWithSecrets() {
	d := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, PrivateKey: wgtypes.NewPrivateKey([32]byte{1})}
	for _, v := range []any{d, wgtypes.WithSecrets(d)} {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(text))
	}
	// Output:
	// {"name":"wg0","kind":"kernel","listen_port":0,"firewall_mark":0,"peers":[]}
	// {"name":"wg0","kind":"kernel","private_key":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","listen_port":0,"firewall_mark":0,"peers":[]}
}

func ExampleAppendChange() {
	have := &wgtypes.Device{ListenPort: 51820}
	change := wgtypes.Config{ListenPort: new(uint16(51821)), Peers: []wgtypes.PeerConfig{{
		PublicKey:  wgtypes.PublicKey{1},
		AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	}}}
	names := map[wgtypes.PublicKey]string{{1}: "laptop"}
	text := wgtypes.AppendChange(nil, have, change, func(k wgtypes.PublicKey) string { return names[k] })
	fmt.Print(string(text))
	// Output:
	// ~ listening port: 51820 -> 51821
	// + peer AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= (laptop)
	//     + 10.0.0.0/8
}

func ExampleConfig_Validate() {
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey:           wgtypes.PublicKey{1},
		PersistentKeepalive: new(500 * time.Millisecond),
	}}}
	err := c.Validate()
	fmt.Println(err)
	fmt.Println(errors.Is(err, fs.ErrInvalid))

	if fe, ok := errors.AsType[*wgtypes.FieldError](err); ok {
		fmt.Println(fe.Index, fe.Field)
	}
	// Output:
	// peer 0 (AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=): PersistentKeepalive: invalid interval 500ms: must be whole seconds
	// true
	// 0 PersistentKeepalive
}
