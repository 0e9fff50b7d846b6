package e2e_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestBadInput gives every backend configurations that are invalid. Each backend
// reports the device, the peer and the field, and changes nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	bad := func(change func(p *wgtypes.PeerConfig)) wgtypes.Config {
		p := wgtypes.PeerConfig{PublicKey: peerB}
		change(&p)
		return peers(allow(peerA, "10.0.0.0/8"), p)
	}
	for name, test := range map[string]struct {
		config wgtypes.Config
		field  string
	}{
		"negative keepalive": {bad(func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(-time.Second) }), "PersistentKeepalive"},
		"large keepalive":    {bad(func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(65536 * time.Second) }), "PersistentKeepalive"},
		"uneven keepalive":   {bad(func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(500 * time.Millisecond) }), "PersistentKeepalive"},
		"no prefix":          {bad(func(p *wgtypes.PeerConfig) { p.AllowedIPs = make([]netip.Prefix, 1) }), "AllowedIPs[0]"},
		"bad length": {bad(func(p *wgtypes.PeerConfig) {
			p.RemoveAllowedIPs = []netip.Prefix{netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), 33)}
		}), "RemoveAllowedIPs[0]"},
		"port without address": {bad(func(p *wgtypes.PeerConfig) { p.Endpoint = netip.AddrPortFrom(netip.Addr{}, 1) }), "Endpoint"},
		"line break in a zone": {bad(func(p *wgtypes.PeerConfig) {
			p.Endpoint = netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone("a\nallowed_ip=0.0.0.0/0"), 1)
		}), "Endpoint"},
		"added and removed": {bad(func(p *wgtypes.PeerConfig) {
			p.AllowedIPs, p.RemoveAllowedIPs = prefixes("10.0.0.1/8"), prefixes("10.0.0.0/8")
		}), "RemoveAllowedIPs[0]"},
		"removed and replaced": {bad(func(p *wgtypes.PeerConfig) {
			p.ReplaceAllowedIPs, p.RemoveAllowedIPs = true, prefixes("10.0.0.0/8")
		}), "RemoveAllowedIPs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, b := range backends {
				t.Run(b.name, func(t *testing.T) {
					t.Parallel()
					s := b.make(t)
					err := s.client.ConfigureDevice(t.Context(), s.name, test.config)
					var field *wgtypes.FieldError
					var op *wgctrl.OpError
					if !errors.As(err, &field) || field.Index != 1 || field.Peer != peerB || field.Field != test.field {
						t.Fatalf("ConfigureDevice(%q) = %v, want a FieldError for field %s of peer %v, which is Peers[1]", s.name, err, test.field, peerB)
					}
					if !errors.Is(err, fs.ErrInvalid) || !errors.As(err, &op) || op.Device != s.name {
						t.Errorf("ConfigureDevice(%q) = %v, want an OpError for the device that wraps fs.ErrInvalid", s.name, err)
					}
					if text := err.Error(); !strings.Contains(text, s.name) || !strings.Contains(text, peerB.String()) || strings.Contains(text, "\n") {
						t.Errorf("ConfigureDevice(%q) = %q, want one line with the device and the peer %v", s.name, text, peerB)
					}
					if n := len(s.read(t).Peers); n != 0 {
						t.Errorf("the device has %d peers after the failed call, want 0", n)
					}
				})
			}
		})
	}
}

// TestBadNames checks that every backend rejects invalid names.
func TestBadNames(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			for _, name := range []string{"", ".", "..", "../" + s.name, `a\b`, "a\nb", "a\x00", "\x7f"} {
				if _, err := s.client.Device(t.Context(), name); !errors.Is(err, fs.ErrInvalid) {
					t.Errorf("Device(%q) = %v, want error wrapping fs.ErrInvalid", name, err)
				}
				if err := s.client.ConfigureDevice(t.Context(), name, wgtypes.Config{}); !errors.Is(err, fs.ErrInvalid) {
					t.Errorf("ConfigureDevice(%q) = %v, want error wrapping fs.ErrInvalid", name, err)
				}
			}
			if _, err := s.client.Device(t.Context(), "absent"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Device(%q) = %v, want error wrapping fs.ErrNotExist", "absent", err)
			}
		})
	}
}
