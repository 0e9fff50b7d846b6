package cli

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// ending is a resolver that ends the command with the lookup number left.
type ending struct {
	hosts
	left int
	end  func()
}

func (e *ending) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if e.left--; e.left == 0 {
		e.end()
	}
	return e.hosts.LookupNetIP(ctx, network, host)
}

// TestReresolveWatch checks that rounds follow each other until the command ends, and
// that a lasting error is printed once.
func TestReresolveWatch(t *testing.T) {
	t.Parallel()
	r := newReresolveTest(t, peerSection(1, "gone.example:5"), peerAt(1, "192.0.2.1:5"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.resolver = &ending{r.hosts, 4, cancel}
	var out, errs strings.Builder
	cmd := new(cobra.Command)
	cmd.SetContext(ctx)
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	if err := r.runWatch(cmd, new(clientFlags), []string{r.fake.Name}, time.Millisecond); err != errReported {
		t.Errorf("runWatch() = %v, want %v", err, errReported)
	}
	want := fmt.Sprintf("wgctrl: %s: peer %s: lookup gone.example: no such host\n", r.fake.Name, wgtypes.PublicKey{1})
	if errs.String() != want || out.Len() > 0 {
		t.Errorf("runWatch() printed %q and %q, want only %q", out.String(), errs.String(), want)
	}
}

// TestReresolveTunnel checks that a tunnel whose host moved works again, if its name has
// an address that does not answer and one that does.
func TestReresolveTunnel(t *testing.T) {
	t.Parallel()
	for name, tunnel := range map[string]func(testing.TB) (a, b *wgtest.End){
		"userspace": wireguardgotest.Tunnel, "kernel": wgtest.KernelTunnel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			a, b := tunnel(t)
			c := a.Client(t)
			d, err := c.Device(ctx, a.Name)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "file.conf")
			text := fmt.Sprintf("[Peer]\nPublicKey = %s\nEndpoint = vpn.example:%d\n", d.Peers[0].PublicKey, d.Peers[0].Endpoint.Port())
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			names := hosts{"vpn.example": "192.0.2.8"}
			r := &reresolver{client: c, resolver: names, now: time.Now, path: func(wgtypes.DeviceRef) string { return path }}
			for _, addrs := range []string{"192.0.2.8", "192.0.2.9 127.0.0.1", "192.0.2.9 127.0.0.1"} {
				r.tried, names["vpn.example"] = nil, addrs
				if changes, errs := r.round(ctx, []string{a.Name}); len(changes) != 1 || len(errs) > 0 {
					t.Fatalf("round() with the addresses %s = %v, %v, want one change", addrs, changes, errs)
				}
			}
			if _, err := wgtest.RoundTrip(ctx, a, b); err != nil {
				t.Fatal(err)
			}
			// While the session lives, the endpoint stays.
			names["vpn.example"] = "192.0.2.9"
			if changes, errs := r.round(ctx, []string{a.Name}); len(changes) > 0 || len(errs) > 0 {
				t.Errorf("round() with a session = %v, %v, want no change", changes, errs)
			}
		})
	}
}

// TestReresolveWatchCommand checks that the command applies a change and waits for the
// next round, and that it ends with its context.
func TestReresolveWatchCommand(t *testing.T) {
	t.Parallel()
	d := wireguardgotest.OfflineDevice(t)
	if d.SocketDir() == "" {
		t.Skip("this system has no directory of sockets")
	}
	err := d.Client(t).ConfigureDevice(t.Context(), d.Name, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: wgtypes.PublicKey{1}, Endpoint: netip.MustParseAddrPort("192.0.2.1:5")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, d.Name+".conf"), []byte(peerSection(1, "localhost:5")), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, "--backend", "userspace", "--socket-dir", d.SocketDir(), "reresolve", "--watch", "--interval", "1h", "--config-dir", dir)
	r.awaits(`^` + d.Name + `: peer AQAA[A]*=: 192\.0\.2\.1:5 -> (127\.0\.0\.1|\[::1\]):5 \(localhost\)$`)
	r.cancel()
	if code := <-r.code; code != exitFailed || r.stderr.Len() > 0 {
		t.Errorf("reresolve --watch = %d, errors %q, want %d and none", code, r.stderr.String(), exitFailed)
	}
}
