package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// static is a Resolver for fixed names. Programs use *net.Resolver.
type static map[string]netip.Addr

func (s static) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	addr, ok := s[host]
	if !ok {
		return nil, fmt.Errorf("%s is unknown", host)
	}
	return []netip.Addr{addr}, nil
}

func Example() {
	text := "[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nEndpoint = vpn.example.com:51820\n"
	settings, err := wgconf.Parse("wg0.conf", []byte(text)).Settings(wgconf.DialectWG)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = settings.Config()
	fmt.Println(err)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	names := static{"vpn.example.com": netip.MustParseAddr("2001:db8::1")}
	if err := resolve.Settings(ctx, settings, resolve.Options{Resolver: names}); err != nil {
		fmt.Println(err)
		return
	}
	config, err := settings.Config()
	fmt.Println(config.Peers[0].Endpoint, err)
	// Output:
	// invalid Endpoint "vpn.example.com": must be an IP address: package resolve looks up host names
	// [2001:db8::1]:51820 <nil>
}

func ExampleSettings_keepGoing() {
	settings := &wgconf.Settings{Peers: []wgconf.Peer{
		{PublicKey: wgtypes.PublicKey{1}, Endpoint: wgconf.Endpoint{Host: "gone.example.com", Port: 51820}},
		{PublicKey: wgtypes.PublicKey{2}, Endpoint: wgconf.Endpoint{Host: "vpn.example.com", Port: 51820}},
	}}
	names := static{"vpn.example.com": netip.MustParseAddr("2001:db8::1")}
	err := resolve.Settings(context.Background(), settings, resolve.Options{Resolver: names, KeepGoing: true})
	if unresolved, ok := errors.AsType[*resolve.UnresolvedError](err); ok {
		for _, p := range unresolved.Peers {
			fmt.Println("unresolved:", p.Endpoint)
		}
	}
	fmt.Println(settings.Peers[1].Endpoint)
	// Output:
	// unresolved: gone.example.com:51820
	// [2001:db8::1]:51820
}
