package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/qrtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// clientFile returns the client's file. private is nil if the client has its key.
func (plan *addPlan) clientFile(private *wgtypes.PrivateKey) ([]byte, error) {
	server, err := plan.serverPeer()
	if err != nil {
		return nil, err
	}
	client := plan.options.iface
	client.PrivateKey, client.Amnezia = private, plan.server.amnezia()
	for _, a := range plan.peer.AllowedIPs {
		if a.Prefix.IsSingleIP() {
			client.Addresses = append(client.Addresses, a.Prefix)
		}
	}
	settings := wgconf.Settings{Interface: client, Peers: []wgconf.Peer{server}}
	text := settings.AppendTo(nil)
	if private != nil {
		return text, nil
	}
	const header = "[Interface]\n"
	return []byte(strings.Replace(string(text), header, header+"# Add the PrivateKey that belongs to "+plan.peer.PublicKey.String()+"\n", 1)), nil
}

// serverPeer returns the server as a peer of the client.
func (plan *addPlan) serverPeer() (server wgconf.Peer, err error) {
	server = plan.options.peer
	if server.PublicKey, err = plan.server.serverKey(); err != nil {
		return server, err
	}
	server.PresharedKey = plan.peer.PresharedKey
	if server.Endpoint, err = plan.serverEndpoint(); err != nil {
		return server, err
	}
	if len(server.AllowedIPs) > 0 {
		return server, nil
	}
	seen := make(map[string]bool)
	for _, a := range plan.addresses.networks {
		network := a.Masked()
		if !a.Addr().IsLinkLocalUnicast() && !seen[network.String()] {
			seen[network.String()] = true
			server.AllowedIPs = append(server.AllowedIPs, wgconf.AllowedIP{Prefix: network})
		}
	}
	if len(server.AllowedIPs) == 0 {
		return server, fmt.Errorf("%s: no address, so the networks of the client are unknown; use --client-allowed-ips", plan.server.peerTarget)
	}
	return server, nil
}

// serverKey returns the public key of the server.
func (s *peerState) serverKey() (wgtypes.PublicKey, error) {
	if s.dev != nil && !s.dev.PublicKey.IsZero() {
		return s.dev.PublicKey, nil
	}
	if s.file != nil {
		if key := s.file.Interface().PrivateKey; key != nil && !key.IsZero() {
			return key.PublicKey(), nil
		}
	}
	remedy := ""
	if s.device == "" {
		remedy = "; if the device has it, name the device instead of the file"
	}
	return wgtypes.PublicKey{}, fmt.Errorf("%s: no private key, so the public key for the client's file is unknown%s", s.peerTarget, remedy)
}

// hasPrivateKey reports whether key is the private key of the server.
func (s *peerState) hasPrivateKey(key wgtypes.PublicKey) bool {
	private := wgtypes.NewPrivateKey(key)
	if s.dev != nil && private.Equal(s.dev.PrivateKey) {
		return true
	}
	return s.file != nil && s.file.Interface().PrivateKey != nil && private.Equal(*s.file.Interface().PrivateKey)
}

// amnezia returns the parameters of AmneziaWG that the server has, or nil. Several must
// be the same on both ends.
func (s *peerState) amnezia() *wgtypes.AmneziaConfig {
	if s.dev != nil && s.dev.Amnezia != nil {
		return wgconf.FromDevice(&wgtypes.Device{Amnezia: s.dev.Amnezia}).Interface.Amnezia
	}
	if s.file != nil {
		return s.file.Interface().Amnezia
	}
	return nil
}

// serverEndpoint returns the endpoint of --endpoint, with the port of the server if it
// has none.
func (plan *addPlan) serverEndpoint() (wgconf.Endpoint, error) {
	e := plan.options.endpoint
	if e.Host == "" || e.Port != 0 {
		return e, nil
	}
	if plan.server.dev != nil {
		e.Port = plan.server.dev.ListenPort
	}
	if plan.server.file != nil && e.Port == 0 {
		if port := plan.server.file.Interface().ListenPort; port != nil {
			e.Port = *port
		}
	}
	if e.Port == 0 {
		return e, invalidFlag("endpoint", e.Host, fmt.Sprintf("%s has no ListenPort: use HOST:PORT", plan.server.peerTarget))
	}
	return e, nil
}

// output returns what is written to out, the standard output: the client's file or its
// QR code.
func (plan *addPlan) output(out io.Writer) ([]byte, error) {
	if !plan.options.qr && plan.options.out != "" {
		return nil, nil
	}
	if !plan.options.qr {
		return plan.client, nil
	}
	code, err := qrtext.New(string(plan.client))
	if err != nil {
		return nil, fmt.Errorf("--qr: %w", err)
	}
	if f := fileOf(out); f != nil {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && 0 < columns && columns < code.Width() {
			return nil, fmt.Errorf("--qr: the terminal has %d columns, and the QR code needs %d", columns, code.Width())
		}
	}
	return code.AppendTo(nil, isTerminal(out) && os.Getenv("NO_COLOR") == ""), nil
}
