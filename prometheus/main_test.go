package wgprom_test

import (
	"io"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// state is an in-process device with a constant state.
type state struct{ device *wgtypes.Device }

func (s state) IpcGetOperation(w io.Writer) error {
	_, err := w.Write(uapi.AppendDevice(nil, s.device))
	return err
}

func (s state) IpcSetOperation(io.Reader) error { panic("a collector changes a device") }

// key returns a key of equal bytes.
func key(b byte) (k wgtypes.PublicKey) {
	for i := range k {
		k[i] = b
	}
	return k
}

func prefixes(list ...string) (all []netip.Prefix) {
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// example returns a device with every value that metrics export, and some that
// they do not.
func example() *wgtypes.Device {
	return &wgtypes.Device{
		PrivateKey: wgtypes.NewPrivateKey([32]byte{1}), ListenPort: 51820, FirewallMark: 7,
		Peers: []wgtypes.Peer{{
			PublicKey: key(3), Endpoint: netip.MustParseAddrPort("[fd00::1]:51820"),
			LastHandshake: time.Unix(1_700_000_000, 900_000_000),
			ReceiveBytes:  1 << 40, TransmitBytes: 2, AllowedIPs: prefixes("2001:db8::/32", "192.168.1.0/24"),
		}, {
			// No endpoint, since the keepalive would then start a handshake.
			PublicKey: key(2), AllowedIPs: prefixes("10.0.0.1/32"), PersistentKeepalive: 25 * time.Second,
		}},
	}
}

// collect returns a registry with a Collector for the devices of c.
func collect(t testing.TB, c *wgctrl.Client, o wgprom.Options) *prometheus.Registry {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(wgprom.New(c, o)); err != nil {
		t.Fatal(err)
	}
	return r
}

// newClient returns a Client for the devices in opts only.
func newClient(t testing.TB, opts ...wgctrl.Option) *wgctrl.Client {
	t.Helper()
	c, err := wgctrl.New(append([]wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindUserspace, wgtypes.KindInProcess), wgctrl.WithSocketDirs(),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
