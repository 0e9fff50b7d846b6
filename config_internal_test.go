package wgctrl

import (
	"errors"
	"io/fs"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestConfigureValidates checks that an invalid Config reaches no backend, and that
// a valid one is normalized.
func TestConfigureValidates(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0"}
	c, _, _ := clientWith([]*fakeDevice{d}, nil)
	bad := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{7}, PersistentKeepalive: new(-time.Second)}}}
	err := c.ConfigureDevice(t.Context(), "wg0", bad)
	var field *wgtypes.FieldError
	if !errors.As(err, &field) || !errors.Is(err, fs.ErrInvalid) || len(d.configured) != 0 {
		t.Errorf("ConfigureDevice(wg0) = %v and sends %d times, want a FieldError and not to send", err, len(d.configured))
	}
	for _, want := range []string{`"wg0"`, "PersistentKeepalive", wgtypes.PublicKey{7}.String()} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	key := wgtypes.NewPrivateKey([32]byte{0xff})
	if err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{PrivateKey: &key}); err != nil {
		t.Fatal(err)
	}
	if got := d.configured[0].PrivateKey; !got.Equal(key.Clamped()) {
		t.Errorf("ConfigureDevice(wg0) sends a key that is not clamped, want a clamped one")
	}
}

func TestPartialError(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0", confErr: &wginternal.PartialError{Unknown: wgtypes.Config{ReplacePeers: true}, Err: syscall.ENOMEM}}
	c, _, _ := clientWith(nil, []*fakeDevice{d})
	err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{})
	var partial *PartialError
	if !errors.As(err, &partial) || !partial.Unknown.ReplacePeers || !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("ConfigureDevice(wg0) = %v, want a PartialError that wraps ENOMEM", err)
	}
	if want := `wgctrl: configure "wg0" (userspace): ` + syscall.ENOMEM.Error(); err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestKeepEndpoints(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	if (SyncOptions{}).keepEndpoint(now) != nil {
		t.Error("keepEndpoint() is not nil without KeepEndpoints, want nil")
	}
	keep := SyncOptions{KeepEndpoints: true}.keepEndpoint(now)
	if keep(wgtypes.Peer{}) {
		t.Error("a peer without a handshake keeps its endpoint, want it to change")
	}
	for age, want := range map[time.Duration]bool{
		0: true, 180 * time.Second: true, 180*time.Second + 1: false, 24 * time.Hour: false,
		-time.Second: true, -24 * time.Hour: false, // the clock was set back
	} {
		if got := keep(wgtypes.Peer{LastHandshake: now.Add(-age)}); got != want {
			t.Errorf("a handshake %v ago keeps the endpoint: %t, want %t", age, got, want)
		}
	}
}

// TestSyncPartial checks that SyncDevice returns the part that was acknowledged
// and the error.
func TestSyncPartial(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	acknowledged := wgtypes.Config{FirewallMark: new(uint32(7))}
	want := wgtypes.Config{FirewallMark: new(uint32(7)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
	for name, test := range map[string]struct {
		err     error
		applied wgtypes.Config
		partial bool
	}{
		"part":    {&wginternal.PartialError{Applied: acknowledged, Err: cause}, acknowledged, true},
		"nothing": {cause, wgtypes.Config{}, false},
	} {
		d := &fakeDevice{name: "wg0", confErr: test.err}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		applied, err := c.SyncDevice(t.Context(), "wg0", want, SyncOptions{})
		var partial *PartialError
		if !errors.Is(err, cause) || errors.As(err, &partial) != test.partial || !reflect.DeepEqual(applied, test.applied) {
			t.Errorf("%s: SyncDevice() = %+v, %v, want %+v, PartialError: %t", name, applied, err, test.applied, test.partial)
		}
		if len(d.configured) != 1 || d.opened != 0 {
			t.Errorf("%s: sent %+v and left %d open, want one change and 0", name, d.configured, d.opened)
		}
	}
}

// TestSyncSends checks what SyncDevice sends and returns.
func TestSyncSends(t *testing.T) {
	t.Parallel()
	key := wgtypes.PublicKey{100}
	configured, roamed := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2")
	endpoint := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key, Endpoint: configured}}}
	both := endpoint
	both.FirewallMark = new(uint32(7))
	for name, test := range map[string]struct {
		want      wgtypes.Config
		o         SyncOptions
		handshake time.Time
		mark      bool // changes
		endpoint  bool // changes
		sent      int
	}{
		"nothing differs":          {wgtypes.Config{FirewallMark: new(uint32)}, SyncOptions{}, time.Time{}, false, false, 0},
		"everything":               {both, SyncOptions{}, time.Now(), true, true, 1},
		"dry run":                  {both, SyncOptions{DryRun: true}, time.Now(), true, true, 0},
		"keep endpoints":           {both, SyncOptions{KeepEndpoints: true}, time.Now(), true, false, 1},
		"only the endpoint, kept":  {endpoint, SyncOptions{KeepEndpoints: true}, time.Now(), false, false, 0},
		"keep without a session":   {endpoint, SyncOptions{KeepEndpoints: true}, time.Now().Add(-time.Hour), false, true, 1},
		"keep, without handshakes": {endpoint, SyncOptions{KeepEndpoints: true}, time.Time{}, false, true, 1},
	} {
		d := &fakeDevice{name: "wg0", peer: wgtypes.Peer{Endpoint: roamed, LastHandshake: test.handshake}}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		applied, err := c.SyncDevice(t.Context(), "wg0", test.want, test.o)
		if err != nil || (applied.FirewallMark != nil) != test.mark || (len(applied.Peers) > 0) != test.endpoint {
			t.Errorf("%s: SyncDevice() = %v, %v, want the mark: %t, the endpoint: %t", name, applied, err, test.mark, test.endpoint)
		}
		if len(d.configured) != test.sent || test.sent > 0 && !reflect.DeepEqual(d.configured[0], applied) {
			t.Errorf("%s: sent %v, want %d times %v", name, d.configured, test.sent, applied)
		}
	}
}

// TestSyncReadsAgain checks that a device that changes while it is read is read
// again, and that one that keeps changing is not written.
func TestSyncReadsAgain(t *testing.T) {
	t.Parallel()
	want := wgtypes.Config{FirewallMark: new(uint32(7))}
	for times, written := range map[int]int{3: 1, 100: 0} {
		d := &fakeDevice{name: "wg0"}
		for range times {
			d.readErrs = append(d.readErrs, ErrInterrupted)
		}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		_, err := c.SyncDevice(t.Context(), "wg0", want, SyncOptions{})
		if errors.Is(err, ErrInterrupted) != (written == 0) || len(d.configured) != written || d.opened != 0 {
			t.Errorf("interrupted %d times, SyncDevice() = %v and sends %d times, want %d", times, err, len(d.configured), written)
		}
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	c, k, _ := clientWith(nil, nil)
	k.can = wginternal.Capabilities{Links: true, NetNS: true, PersistentKeepalive: true, MaxAllowedIPs: 16}
	want := Capabilities{Links: true, NetNS: true, PersistentKeepalive: true, MaxAllowedIPs: 16}
	if got, err := c.Capabilities(wgtypes.KindKernel); err != nil || got != want {
		t.Errorf("Capabilities(kernel) = %+v, %v, want %+v", got, err, want)
	}
	var op *OpError
	got, err := c.Capabilities(wgtypes.KindInProcess)
	if got != (Capabilities{}) || !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &op) || op.Kind != wgtypes.KindInProcess {
		t.Errorf("Capabilities(in-process) = %+v, %v, want errors.ErrUnsupported", got, err)
	}
}

// TestUnsupportedSetting checks that a setting that the backend does not support
// is an error that names the system and the setting, and that nothing is sent.
func TestUnsupportedSetting(t *testing.T) {
	t.Parallel()
	full := wginternal.Capabilities{FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
	noMark, noKeepalive, noUpdateOnly, twoIPs := full, full, full, full
	noMark.FirewallMark, noKeepalive.PersistentKeepalive, noUpdateOnly.UpdateOnly, twoIPs.MaxAllowedIPs = false, false, false, 2
	prefixes := func(n int) (p []netip.Prefix) {
		for i := range n {
			p = append(p, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32))
		}
		return p
	}
	peer := func(p wgtypes.PeerConfig) wgtypes.Config {
		p.PublicKey = wgtypes.PublicKey{1}
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{p}}
	}
	for name, test := range map[string]struct {
		can    wginternal.Capabilities
		config wgtypes.Config
		text   string // "" if the setting is supported
		sync   bool   // SyncDevice fails, too
	}{
		"everything":        {full, peer(wgtypes.PeerConfig{UpdateOnly: true, AllowedIPs: prefixes(100)}), "", false},
		"mark":              {noMark, wgtypes.Config{FirewallMark: new(uint32(7))}, "FirewallMark", true},
		"no mark":           {noMark, wgtypes.Config{FirewallMark: new(uint32(0))}, "", false},
		"keepalive":         {noKeepalive, peer(wgtypes.PeerConfig{PersistentKeepalive: new(time.Second)}), "PersistentKeepalive", true},
		"no keepalive":      {noKeepalive, peer(wgtypes.PeerConfig{PersistentKeepalive: new(time.Duration(0))}), "", false},
		"update only":       {noUpdateOnly, peer(wgtypes.PeerConfig{UpdateOnly: true}), "UpdateOnly", false},
		"any peer":          {noUpdateOnly, peer(wgtypes.PeerConfig{AllowedIPs: prefixes(1)}), "", false},
		"few allowed IPs":   {twoIPs, peer(wgtypes.PeerConfig{AllowedIPs: prefixes(2)}), "", false},
		"many allowed IPs":  {twoIPs, peer(wgtypes.PeerConfig{AllowedIPs: prefixes(3)}), "3 allowed IPs, more than 2", true},
		"of a removed peer": {twoIPs, peer(wgtypes.PeerConfig{Remove: true, AllowedIPs: prefixes(3)}), "", false},
	} {
		d := &fakeDevice{name: "wg0"}
		c, k, _ := clientWith([]*fakeDevice{d}, nil)
		k.can = test.can
		err := c.ConfigureDevice(t.Context(), "wg0", test.config)
		if test.text == "" {
			if err != nil || len(d.configured) != 1 {
				t.Errorf("%s: ConfigureDevice() = %v and sends %d times, want nil and once", name, err, len(d.configured))
			}
			continue
		}
		want := test.text + ": not supported by kernel devices on " + runtime.GOOS
		if !errors.Is(err, errors.ErrUnsupported) || !strings.HasSuffix(err.Error(), want) || len(d.configured) != 0 {
			t.Errorf("%s: ConfigureDevice() = %v and sends %d times, want %q and not to send", name, err, len(d.configured), want)
		}
		_, err = c.SyncDevice(t.Context(), "wg0", test.config, SyncOptions{})
		if errors.Is(err, errors.ErrUnsupported) != test.sync || (len(d.configured) != 0) && test.sync {
			t.Errorf("%s: SyncDevice() = %v and sends %d times, want errors.ErrUnsupported: %t", name, err, len(d.configured), test.sync)
		}
	}
}

// TestSyncWithoutUpdateOnly checks that SyncDevice does not need UpdateOnly.
func TestSyncWithoutUpdateOnly(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0"}
	c, k, _ := clientWith([]*fakeDevice{d}, nil)
	k.can.UpdateOnly = false
	want := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{100}, PersistentKeepalive: new(time.Second)}}}
	if _, err := c.SyncDevice(t.Context(), "wg0", want, SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(d.configured) != 1 || len(d.configured[0].Peers) != 1 || d.configured[0].Peers[0].UpdateOnly {
		t.Errorf("SyncDevice() sends %+v, want one peer without UpdateOnly", d.configured)
	}
}
