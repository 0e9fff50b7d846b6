package wguser

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSamePeer changes each field of a peer that a change can set.
func TestSamePeer(t *testing.T) {
	t.Parallel()
	peer := func() wgtypes.Peer {
		return wgtypes.Peer{
			PresharedKey: wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{1}), Endpoint: netip.MustParseAddrPort("192.0.2.1:1"),
			PersistentKeepalive: time.Second, LastHandshake: time.Unix(5, 0), ReceiveBytes: 1, TransmitBytes: 2,
			AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0")},
		}
	}
	for name, test := range map[string]struct {
		change func(p *wgtypes.Peer)
		want   bool
	}{
		"nothing":             {func(*wgtypes.Peer) {}, true},
		"order of prefixes":   {func(p *wgtypes.Peer) { p.AllowedIPs[0], p.AllowedIPs[1] = p.AllowedIPs[1], p.AllowedIPs[0] }, true},
		"protocol version":    {func(p *wgtypes.Peer) { p.ProtocolVersion = 1 }, true},
		"PresharedKey":        {func(p *wgtypes.Peer) { p.PresharedKey = wgtypes.PresharedKey{} }, false},
		"Endpoint":            {func(p *wgtypes.Peer) { p.Endpoint = netip.MustParseAddrPort("192.0.2.1:2") }, false},
		"PersistentKeepalive": {func(p *wgtypes.Peer) { p.PersistentKeepalive = 0 }, false},
		"LastHandshake":       {func(p *wgtypes.Peer) { p.LastHandshake = time.Time{} }, false},
		"ReceiveBytes":        {func(p *wgtypes.Peer) { p.ReceiveBytes = 0 }, false},
		"TransmitBytes":       {func(p *wgtypes.Peer) { p.TransmitBytes = 0 }, false},
		"fewer prefixes":      {func(p *wgtypes.Peer) { p.AllowedIPs = p.AllowedIPs[:1] }, false},
		"another prefix":      {func(p *wgtypes.Peer) { p.AllowedIPs[1] = netip.MustParsePrefix("::/1") }, false},
	} {
		a, b := peer(), peer()
		test.change(&b)
		if got := samePeer(&a, &b); got != test.want {
			t.Errorf("samePeer with another %s = %t, want %t", name, got, test.want)
		}
	}
}

// cancelingDaemon cancels the context of its caller during each change.
type cancelingDaemon struct {
	daemon
	cancel context.CancelFunc
	errs   []error // of the contexts of the changes after that
}

func (d *cancelingDaemon) set(ctx context.Context, _ wgtypes.Config, _ wginternal.Progress) (bool, error) {
	d.cancel()
	d.errs = append(d.errs, ctx.Err())
	return true, nil
}

// TestSendPeersContext checks that the end of the context interrupts the change of
// one peer, but not a removal that an addition follows.
func TestSendPeersContext(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]error{1: {context.Canceled}, 2: {nil, nil}} {
		ctx, cancel := context.WithCancel(t.Context())
		d := &cancelingDaemon{cancel: cancel}
		s := &session{ctx: ctx, daemon: d}
		if err := s.sendPeers(make([]wgtypes.PeerConfig, n)); err != nil {
			t.Errorf("sendPeers of %d = %v, want nil", n, err)
		}
		if !slices.Equal(d.errs, want) {
			t.Errorf("contexts of %d requests = %v, want %v", n, d.errs, want)
		}
		if err := s.sendPeers(make([]wgtypes.PeerConfig, n)); err != context.Canceled || len(d.errs) != n {
			t.Errorf("sendPeers after the end = %v after %d requests, want %v after %d", err, len(d.errs), context.Canceled, n)
		}
	}
}
