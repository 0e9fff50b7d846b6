package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const peerShowLong = `show prints a peer of DEVICE, with its name in the file of DEVICE, or a peer of FILE.
NAME|KEY is its name or its public key. show does not print the preshared key.`

func newPeerShow(p *peerCommand) *cobra.Command {
	return &cobra.Command{
		Use:               "show DEVICE|FILE NAME|KEY",
		SuggestFor:        []string{"describe", "get"},
		Short:             "Show a peer",
		Long:              peerShowLong,
		Example:           `  wgctrl peer show wg0 alice`,
		Args:              exactArgs("DEVICE|FILE", "NAME|KEY"),
		ValidArgsFunction: p.completeTarget(true),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd, args[0], false, func(s *peerState) error {
				key, err := s.find(args[1])
				if err != nil {
					return err
				}
				s.show(cmd.OutOrStdout(), key)
				return nil
			})
		},
	}
}

// show writes a peer of the device or, if the device does not have it, of the file.
func (s *peerState) show(out io.Writer, key wgtypes.PublicKey) {
	w := bufio.NewWriter(out)
	defer w.Flush()
	fmt.Fprintf(w, "peer: %s\n", cmp.Or(termtext.Clean(s.name(key)), key.String()))
	fmt.Fprintf(w, "  public key: %s\n", key)
	if have := s.inDevice(key); have != nil {
		showDevicePeer(w, have)
	} else {
		s.showFilePeer(w, key)
	}
	switch {
	case s.dev == nil:
	case s.inDevice(key) == nil:
		fmt.Fprintf(w, "  only in the file %s\n", termtext.Clean(s.path))
	case s.file != nil && !s.inFile(key):
		fmt.Fprintf(w, "  not in the file %s\n", termtext.Clean(s.path))
	}
}

func showDevicePeer(w io.Writer, p *wgtypes.Peer) {
	showSettings(w, !p.PresharedKey.IsZero(), p.AllowedIPs, endpointText(p.Endpoint), p.PersistentKeepalive, p.PersistentKeepaliveMax)
	handshake := "(none)"
	if !p.LastHandshake.IsZero() {
		handshake = p.LastHandshake.Local().Format(time.RFC3339)
	}
	fmt.Fprintf(w, "  latest handshake: %s\n", handshake)
	fmt.Fprintf(w, "  transfer: %d B received, %d B sent\n", p.ReceiveBytes, p.TransmitBytes)
}

// showFilePeer writes the sections of a peer.
func (s *peerState) showFilePeer(w io.Writer, key wgtypes.PublicKey) {
	for peer := range s.file.Peers() {
		if peer.PublicKey != key {
			continue
		}
		var allowed []netip.Prefix
		for _, a := range peer.AllowedIPs {
			if !a.Remove {
				allowed = append(allowed, a.Prefix.Masked())
			}
		}
		keepalive := time.Duration(0)
		if peer.PersistentKeepalive != nil {
			keepalive = *peer.PersistentKeepalive
		}
		showSettings(w, peer.PresharedKey != nil && !peer.PresharedKey.IsZero(), allowed, peer.Endpoint.String(), keepalive, peer.PersistentKeepaliveMax)
	}
}

// showSettings writes settings that are set.
func showSettings(w io.Writer, hasPresharedKey bool, allowed []netip.Prefix, endpoint string, keepalive, keepaliveMax time.Duration) {
	if hasPresharedKey {
		fmt.Fprintln(w, "  preshared key: (hidden)")
	}
	if endpoint != "" {
		fmt.Fprintf(w, "  endpoint: %s\n", termtext.Clean(endpoint))
	}
	texts := make([]string, len(allowed))
	for i, p := range allowed {
		texts[i] = p.String()
	}
	fmt.Fprintf(w, "  allowed ips: %s\n", cmp.Or(strings.Join(texts, ", "), "(none)"))
	switch {
	case keepaliveMax != 0:
		fmt.Fprintf(w, "  persistent keepalive: %d-%d s\n", keepalive/time.Second, keepaliveMax/time.Second)
	case keepalive != 0:
		fmt.Fprintf(w, "  persistent keepalive: %d s\n", keepalive/time.Second)
	}
}

func endpointText(e netip.AddrPort) string {
	if !e.IsValid() {
		return ""
	}
	return string(wgconf.AppendAddrPort(nil, e))
}
