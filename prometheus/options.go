package wgprom

import (
	"log/slog"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// DefaultTimeout is that of a scrape. Prometheus waits for 10 seconds, unless it
// is told otherwise.
const DefaultTimeout = 5 * time.Second

// Options says what a Collector exports. The zero value is the default:
// everything of every peer.
type Options struct {
	// Timeout bounds a scrape; what was not read by then is an error of that
	// device. 0 is DefaultTimeout, and below 0 there is no bound but the context
	// of WithContext.
	//
	// NB: a device of this process (wgctrl.WithDevice) cannot be interrupted.
	Timeout time.Duration
	// PeerName returns a peer's name for the label of wireguard_peer_info, ""
	// for none. It is called for each peer in each scrape, by several goroutines
	// at once. nil is no names. See Names.Of.
	PeerName func(wgtypes.PublicKey) string
	// MaxPeers is how many peers of a device have series of their own: the first
	// by their keys' text, which are the same in each scrape. The others are
	// counted in wireguard_device_peers_omitted. 0 is all, below 0 none.
	MaxPeers int
	// OmitAllowedIPs leaves out wireguard_peer_allowed_ips_info, which has a
	// series for each prefix.
	OmitAllowedIPs bool
	// OmitEndpoints leaves the label endpoint of wireguard_peer_info empty. A
	// peer that roams begins a new series with each endpoint; and where peers
	// are people, it says where they are.
	OmitEndpoints bool
	// Logger is told when a device or a listing begins to fail, and when that
	// is over. nil is nobody.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.PeerName == nil {
		o.PeerName = Names(nil).Of
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
