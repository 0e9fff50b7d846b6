package wgctrl

import (
	"errors"
	"io/fs"
	"net/netip"
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
