package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxDifferences is the largest number of lines about differences.
const maxDifferences = 20

// file reports what is wrong with the configuration file of d.
func (r *reporter) file(d *Device) {
	f := d.File
	if f == nil {
		return
	}
	if f.Mode.Perm()&0o007 != 0 {
		r.add(d, Finding{ID: FileExposed, Severity: Warning, Summary: "everyone can access the configuration file, which may contain private keys",
			Evidence: []string{fmt.Sprintf("%s has the mode %04o", f.Path, f.Mode.Perm())}, Remedy: "run: chmod 600 " + f.argument()})
	}
	if len(f.Problems) > 0 {
		r.add(d, Finding{ID: FileInvalid, Severity: Error, Summary: "the configuration file has errors",
			Evidence: shorten(f.Problems), Remedy: "correct these lines, and run: wgctrl check " + f.argument()})
		return
	}
	r.duplicatesIn(d, f.Settings)
	if lines := r.differences(d); len(lines) > 0 {
		r.add(d, Finding{ID: FileDiffers, Severity: Warning, Summary: "the device differs from the configuration file",
			Evidence: lines, Remedy: d.applyFile() + "; or write the state of the device to the file"})
	}
}

// applyFile says how to make the device match its file.
func (d *Device) applyFile() string {
	s := d.File.Settings
	if d.FirewallMark != 0 && s.Interface.FwMark == nil && !conffile.ChoosesMark(s) {
		return "restart the tunnel with wg-quick(8), or with wgctrl down and up, which apply the file: wgctrl sync would remove the firewall mark, which the file does not set"
	}
	return fmt.Sprintf("apply the file: wgctrl sync %s %s", d.argument(), d.File.argument())
}

// argument returns the name of the device for a command in a remedy.
func (d *Device) argument() string { return termtext.Argument(d.Name) }

// argument returns the path of the file for a command in a remedy. Standard input has
// none.
func (f *File) argument() string {
	if f.Path == "-" {
		return "FILE"
	}
	return termtext.Argument(f.Path)
}

// duplicatesIn reports prefixes that several peers in the file have. Only the last of
// them gets the prefix, so that the device does not differ from the file.
func (r *reporter) duplicatesIn(d *Device, s *wgconf.Settings) {
	last := make(map[netip.Prefix]wgtypes.PublicKey)
	for i := range s.Peers {
		p := &s.Peers[i]
		for _, a := range p.AllowedIPs {
			prefix := a.Prefix.Masked()
			if a.Remove {
				continue
			}
			if other, ok := last[prefix]; ok && other != p.PublicKey {
				r.add(d, Finding{ID: AllowedIPDuplicate, Severity: Warning, Peer: other, Summary: "another peer in the file has the same allowed IP",
					Evidence: []string{fmt.Sprintf("%s is also an allowed IP of peer %s, which comes later and gets it", prefix, p.PublicKey)},
					Remedy:   "remove it from one of the peers"})
			}
			last[prefix] = p.PublicKey
		}
	}
}

// differences returns what applying the file would change, as sync --dry-run does. It
// leaves out what differs without a mistake: endpoints of connected peers, which may
// have moved, and a firewall mark that the file does not set.
func (r *reporter) differences(d *Device) []string {
	want, err := withoutHosts(d.File.Settings).Config()
	if err != nil {
		return []string{err.Error()}
	}
	if d.File.Settings.Interface.FwMark == nil {
		want.FirewallMark = nil // wg-quick(8) sets one
	}
	if d.File.Settings.Interface.PrivateKey == nil || hidesKey(d, want.PrivateKey) {
		want.PrivateKey = nil
	}
	connected := make(map[wgtypes.PublicKey]bool)
	for _, p := range d.Peers {
		connected[p.PublicKey] = p.Connected(r.s.Now)
	}
	for i := range want.Peers {
		if p := &want.Peers[i]; connected[p.PublicKey] {
			p.Endpoint = wgtypes.PeerConfig{}.Endpoint
		}
	}
	text := wgtypes.AppendChange(nil, d.Device, wgctrl.Diff(d.Device, want), d.peerName)
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	switch n := len(lines) - maxDifferences; {
	case len(text) == 0:
		return nil
	case n > 1:
		return append(lines[:maxDifferences], fmt.Sprintf("and %d more lines", n))
	}
	return lines
}

// withoutHosts returns settings without the endpoints that have a host name.
// fileEndpoints judges them.
func withoutHosts(s *wgconf.Settings) *wgconf.Settings {
	clone := *s
	clone.Peers = slices.Clone(s.Peers)
	for i := range clone.Peers {
		if _, isAddress := clone.Peers[i].Endpoint.AddrPort(); !isAddress {
			clone.Peers[i].Endpoint = wgconf.Endpoint{}
		}
	}
	return &clone
}

// hidesKey reports whether d has the private key without returning it.
func hidesKey(d *Device, want *wgtypes.PrivateKey) bool {
	return d.PrivateKey.IsZero() && want != nil && d.PublicKey == want.PublicKey()
}
