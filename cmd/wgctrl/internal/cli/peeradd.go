package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const peerAddLong = `add adds a client as a peer of the server DEVICE or FILE, and prints the client's
file, for wg-quick(8) and for the apps. It generates the keys. The server never stores
the private key of the client: it is only in what add prints, or in the file of --out.

"next" in --allowed-ips stands for the next free address of each network of the
server, IPv4 and IPv6. The networks are those of Address in the file, or else of the
addresses of the interface. An address is free if neither the server nor a peer of the
file or the device has it. Routes to prefixes outside of the networks are up to you.

The client sends only traffic for the networks of the server through the tunnel. For
all traffic, use --client-allowed-ips 0.0.0.0/0,::/0; the server must then forward it.

If a step fails, add changes neither the device nor the file, or says what it has
changed.`

const peerAddExample = `  wgctrl peer add wg0 --name alice --endpoint vpn.example.com --out alice.conf
  wgctrl peer add wg0 --name phone --endpoint vpn.example.com --qr
  wgctrl peer add wg0.conf --name bob --endpoint 192.0.2.1:51820 --out bob.conf
  wgctrl peer add wg0 --name office --allowed-ips next,192.168.7.0/24 --public-key KEY
  wgctrl peer add wg0 --name carol --endpoint vpn.example.com --dns 10.0.0.1 \
      --client-allowed-ips 0.0.0.0/0,::/0 --persistent-keepalive 25 --out carol.conf`

func newPeerAdd(p *peerCommand) *cobra.Command {
	var f peerAddFlags
	cmd := &cobra.Command{
		Use:               "add DEVICE|FILE --name NAME",
		SuggestFor:        []string{"create", "new"},
		Short:             "Add a client and print its file or QR code",
		Annotations:       undoes(),
		Long:              peerAddLong,
		Example:           peerAddExample,
		Args:              exactArgs("DEVICE|FILE"),
		ValidArgsFunction: p.completeTarget(false),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.parse(cmd)
			if err != nil {
				return err
			}
			return p.run(cmd, args[0], !f.dryRun, func(s *peerState) error {
				plan, err := s.planAdd(o, p.cf.netNS)
				if err != nil {
					return err
				}
				defer clear(plan.client)
				return plan.carryOut(cmd, args[0])
			})
		},
	}
	f.register(cmd)
	return cmd
}

// addPlan is what peer add does.
type addPlan struct {
	server    *peerState
	options   *peerOptions
	addresses peerAddresses
	peer      wgconf.Peer // of the server
	text      []byte      // of the server's file, or nil
	client    []byte      // the client's file
}

// planAdd chooses the addresses and keys of the peer.
func (s *peerState) planAdd(o *peerOptions, netNS string) (*addPlan, error) {
	if err := s.checkFree(o.name, wgtypes.PublicKey{}); err != nil {
		return nil, err
	}
	a := s.addresses(netNS)
	allowed, err := s.chooseAllowed(o.allowed, a, netNS)
	if err != nil {
		return nil, err
	}
	plan := &addPlan{server: s, options: o, addresses: a}
	for _, p := range allowed {
		plan.peer.AllowedIPs = append(plan.peer.AllowedIPs, wgconf.AllowedIP{Prefix: p})
	}
	private, err := plan.chooseKeys()
	if err != nil {
		return nil, err
	}
	if s.file != nil {
		if plan.text, err = s.file.Add(o.name, plan.peer); err != nil {
			return nil, err
		}
	}
	plan.client, err = plan.clientFile(private)
	return plan, err
}

// chooseKeys sets the keys of the peer. It returns the private key of the client, or
// nil if --public-key is given.
func (plan *addPlan) chooseKeys() (private *wgtypes.PrivateKey, err error) {
	if key := plan.options.publicKey; key != nil {
		server, err := plan.server.serverKey()
		switch {
		case err == nil && *key == server:
			return nil, fmt.Errorf("--public-key: %s is the key of the server itself", key)
		case plan.server.hasPrivateKey(*key):
			return nil, errors.New("--public-key: this is the private key of the server, not the public key of a client")
		}
		if plan.server.inFile(*key) || plan.server.inDevice(*key) != nil {
			return nil, fmt.Errorf("--public-key: peer %s exists", plan.server.describe(*key))
		}
		plan.peer.PublicKey = *key
	} else {
		key, err := wgtypes.GeneratePrivateKey()
		if err != nil {
			return nil, err
		}
		private, plan.peer.PublicKey = &key, key.PublicKey()
	}
	if !plan.options.noPresharedKey {
		key, err := wgtypes.GeneratePresharedKey()
		if err != nil {
			return nil, err
		}
		plan.peer.PresharedKey = &key
	}
	return private, nil
}

// allowedText returns the allowed IPs for messages.
func (plan *addPlan) allowedText() string {
	var texts []string
	for _, a := range plan.peer.AllowedIPs {
		texts = append(texts, a.Prefix.String())
	}
	return strings.Join(texts, ", ")
}

// carryOut changes the server and writes the client's file. arg is the argument that
// names the server.
func (plan *addPlan) carryOut(cmd *cobra.Command, arg string) error {
	out, errs := cmd.OutOrStdout(), cmd.ErrOrStderr()
	text, err := plan.output(out)
	if err == nil {
		err = plan.checkOut()
	}
	if err != nil {
		return err
	}
	if plan.options.dryRun {
		fmt.Fprintf(out, "would add peer %q with %s to %s\n", plan.options.name, plan.allowedText(), termtext.Clean(plan.server.String()))
		return nil
	}
	if plan.options.out == "" {
		warnOfReaders(errs, out)
	}
	added := false
	apply := func() error {
		err := plan.server.apply(cmd.Context(), plan.change(false), plan.change(true), plan.text)
		added = err == nil
		return err
	}
	if plan.options.out == "" {
		err = apply()
	} else {
		err = rewrite.Create(cmd.Context(), plan.options.out, plan.client, plan.options.force, apply)
	}
	if err == nil {
		fmt.Fprintf(errs, "added peer %q (%s) with %s to %s\n", plan.options.name, plan.peer.PublicKey, plan.allowedText(), termtext.Clean(plan.server.String()))
		plan.writeNotes(errs)
		_, err = out.Write(text)
	}
	if err != nil && added {
		return fmt.Errorf("the peer was added to %s, but the client's file was not written: %w; run: wgctrl peer remove %s %s", plan.server.peerTarget, err, termtext.Argument(arg), plan.peer.PublicKey)
	}
	return err
}

// checkOut returns an error if --out names a file that must stay.
func (plan *addPlan) checkOut() error {
	path := plan.options.out
	if path == "" {
		return nil
	}
	if sameFile(path, plan.server.path) {
		return fmt.Errorf("--out: %s is the file of the server", path)
	}
	err := rewrite.CheckFree(path, plan.options.force)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("--out: %w; use --force to replace it", err)
	}
	return err
}

// sameFile reports whether both paths name the same existing file.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// change returns the change of the device that adds the peer, or undoes that.
func (plan *addPlan) change(undo bool) (c wgtypes.Config) {
	if plan.server.dev == nil {
		return c
	}
	peer := wgtypes.PeerConfig{PublicKey: plan.peer.PublicKey, Remove: undo}
	if !undo {
		peer.PresharedKey, peer.ReplaceAllowedIPs = plan.peer.PresharedKey, true
		for _, a := range plan.peer.AllowedIPs {
			peer.AllowedIPs = append(peer.AllowedIPs, a.Prefix)
		}
	}
	c.Peers = []wgtypes.PeerConfig{peer}
	return c
}

// warnOfReaders warns on w if out is a file that everyone can read.
func warnOfReaders(w, out io.Writer) {
	const others = 0o007
	if mode := modeOf(out); mode.IsRegular() && mode.Perm()&others != 0 {
		fmt.Fprintf(w, "warning: standard output is a file that other users can access (mode %04o), and the client's file has keys; use --out, or umask 077\n", mode.Perm())
	}
}

// writeNotes writes what the user may have to do.
func (plan *addPlan) writeNotes(w io.Writer) {
	if plan.options.endpoint.Host == "" {
		fmt.Fprintln(w, "note: without --endpoint, the client's file lacks the address of the server")
	}
	switch {
	case plan.server.file == nil:
		fmt.Fprintf(w, "note: %s has no file, so the name is not kept, and the peer is lost with the device\n", termtext.Clean(plan.server.device))
	case plan.server.file.Interface().SaveConfig:
		fmt.Fprintf(w, "note: %s has SaveConfig = true: wg-quick will overwrite it, without names\n", termtext.Clean(plan.server.path))
		plan.server.noteReload(w)
	}
	for _, a := range plan.peer.AllowedIPs {
		isInside := func(n netip.Prefix) bool { return n.Contains(a.Prefix.Addr()) && n.Bits() <= a.Prefix.Bits() }
		if plan.server.device != "" && !slices.ContainsFunc(plan.addresses.networks, isInside) {
			fmt.Fprintf(w, "note: %s is outside of the networks of %s: add a route to it\n", a.Prefix, termtext.Clean(plan.server.device))
		}
	}
}
