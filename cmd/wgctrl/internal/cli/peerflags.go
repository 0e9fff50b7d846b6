package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/peerfile"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// peerAddFlags are the flags of peer add.
type peerAddFlags struct {
	name, allowedIPs, publicKey                     string
	endpoint, clientAllowedIPs, dns, mtu, keepalive string
	noPresharedKey                                  bool
	qr, force, dryRun                               bool
	out                                             string
}

// register adds the flags to cmd.
func (f *peerAddFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	for _, text := range []struct {
		value                           *string
		name, argument, standard, usage string
	}{
		{&f.name, "name", "name", "", "name of the peer; required"},
		{&f.allowedIPs, "allowed-ips", "list", nextWord, `allowed IPs of the peer: prefixes and "next", separated by commas`},
		{&f.publicKey, "public-key", "key", "", "public key of a client that already has a private key"},
		{&f.endpoint, "endpoint", "host[:port]", "", "address of the server for the client; without a port, with that of the server"},
		{&f.clientAllowedIPs, "client-allowed-ips", "list", "", "what the client sends through the tunnel; by default the networks of the server's addresses"},
		{&f.dns, "dns", "list", "", "DNS servers and search domains of the client"},
		{&f.mtu, "mtu", "bytes", "", "MTU of the client"},
		{&f.keepalive, "persistent-keepalive", "seconds", "", "seconds between the keepalives of the client, such as 25 behind NAT"},
	} {
		flags.StringVar(text.value, text.name, text.standard, text.usage)
		nameArgument(flags, text.name, text.argument)
		registerCompletion(cmd, text.name, noCompletion)
	}
	flags.Var((*pathFlag)(&f.out), "out", "write the client's file to this file, with mode 0600, instead of standard output")
	nameArgument(flags, "out", "file")
	flags.BoolVar(&f.noPresharedKey, "no-preshared-key", false, "generate no preshared key")
	flags.BoolVar(&f.qr, "qr", false, "print the client's file as a QR code")
	flags.BoolVar(&f.force, "force", false, "let --out replace a file")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be added and change nothing")
}

// peerOptions are the values of peerAddFlags.
type peerOptions struct {
	*peerAddFlags
	allowed   allowedFlag
	publicKey *wgtypes.PublicKey // nil to generate a key
	endpoint  wgconf.Endpoint    // with port 0 for that of the server
	iface     wgconf.Interface   // DNS and MTU of the client
	peer      wgconf.Peer        // AllowedIPs and PersistentKeepalive of the client's peer
}

// parse checks the flags and returns their values. cmd tells which are given.
func (f *peerAddFlags) parse(cmd *cobra.Command) (o *peerOptions, err error) {
	given := cmd.Flags().Changed
	switch {
	case !given("name"):
		return nil, errors.New("peer add: missing --name")
	case f.force && !given("out"):
		return nil, errors.New("peer add: --force requires --out")
	case f.qr && given("public-key"):
		return nil, errors.New("peer add: --qr requires the private key of the client, which --public-key does not have")
	}
	o = &peerOptions{peerAddFlags: f}
	if err := peerfile.CheckName(f.name); err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	if o.allowed, err = parseAllowed(f.allowedIPs); err != nil {
		return nil, err
	}
	if given("public-key") {
		key, err := wgtypes.ParsePublicKey(f.publicKey)
		if err != nil || key.IsZero() {
			return nil, invalidFlag("public-key", f.publicKey, "must be a public key in base64")
		}
		o.publicKey = &key
	}
	if given("endpoint") {
		if o.endpoint, err = parseServer(f.endpoint); err != nil {
			return nil, err
		}
	}
	return o, o.parseClient(given)
}

// parseClient parses the flags whose values the client's file has as they are.
func (o *peerOptions) parseClient(given func(flag string) bool) error {
	for _, v := range []struct{ flag, value, section, key string }{
		{"dns", o.dns, "Interface", "DNS"},
		{"mtu", o.mtu, "Interface", "MTU"},
		{"client-allowed-ips", o.clientAllowedIPs, "Peer", "AllowedIPs"},
		{"persistent-keepalive", o.keepalive, "Peer", "PersistentKeepalive"},
	} {
		if !given(v.flag) {
			continue
		}
		s, err := parseValue(v.flag, v.value, v.section, v.key, "")
		if err != nil {
			return err
		}
		switch v.flag {
		case "dns":
			o.iface.DNS, o.iface.Search = s.Interface.DNS, s.Interface.Search
		case "mtu":
			o.iface.MTU = s.Interface.MTU
		case "client-allowed-ips":
			o.peer.AllowedIPs = s.Peers[0].AllowedIPs
		case "persistent-keepalive":
			o.peer.PersistentKeepalive = s.Peers[0].PersistentKeepalive
		}
	}
	for _, a := range o.peer.AllowedIPs {
		if a.Remove || strings.Contains(o.clientAllowedIPs, "+") {
			return invalidFlag("client-allowed-ips", o.clientAllowedIPs, "must not have elements that begin with + or -")
		}
	}
	const most = 65535
	if o.iface.MTU > most {
		return invalidFlag("mtu", o.mtu, fmt.Sprintf("must be at most %d", most))
	}
	return nil
}

// parseValue returns the settings of a file in which a key has the flag's value and
// suffix.
func parseValue(flag, value, section, key, suffix string) (*wgconf.Settings, error) {
	if strings.ContainsAny(value, "\r\n\x00#") {
		return nil, invalidFlag(flag, value, "must not contain line breaks or #")
	}
	if strings.TrimSpace(value) == "" {
		return nil, invalidFlag(flag, value, "must not be empty")
	}
	text := "[" + section + "]\n" + key + " = " + value + suffix + "\n"
	if section == "Peer" {
		text += "PublicKey = " + wgtypes.PublicKey{1}.String() + "\n"
	}
	s, err := wgconf.Parse("", []byte(text)).Settings(wgconf.DialectWGQuick)
	if p, ok := errors.AsType[*wgconf.Problem](err); ok {
		return nil, invalidFlag(flag, value, p.Reason)
	}
	return s, err
}

// parseServer parses --endpoint. Without a port, that of the result is 0. An IPv6
// address without brackets has no port.
func parseServer(text string) (e wgconf.Endpoint, err error) {
	if strings.ContainsAny(text, " \t\v\f") { // which files ignore
		return e, invalidFlag("endpoint", text, "must not contain white space")
	}
	host := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if addr, err := netip.ParseAddr(host); err == nil && addr.Zone() == "" {
		return wgconf.Endpoint{Host: host}, nil
	}
	hasPort := strings.Contains(text, ":")
	port := ""
	if !hasPort {
		port = ":1"
	}
	s, err := parseValue("endpoint", text, "Peer", "Endpoint", port)
	if err != nil {
		return e, err
	}
	e = s.Peers[0].Endpoint
	switch {
	case !hasPort:
		e.Port = 0
	case e.Port == 0:
		return e, invalidFlag("endpoint", text, "port must be 1 to 65535")
	}
	return e, nil
}

// invalidFlag returns the error for a flag's value, in which it hides keys.
func invalidFlag(flag, value, reason string) error {
	return fmt.Errorf("invalid --%s %q: %s", flag, keytext.Hide(value), reason)
}
