package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/peerfile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const peerRemoveLong = `remove removes the peer with this name or public key from DEVICE and its file, or from
FILE. In the file it removes the [Peer] section, with the comments in it and directly
above it.`

func newPeerRemove(p *peerCommand) *cobra.Command {
	dryRun := false
	cmd := &cobra.Command{
		Use:         "remove DEVICE|FILE NAME|KEY",
		SuggestFor:  []string{"delete", "del", "rm"},
		Short:       "Remove a peer",
		Annotations: undoes(),
		Long:        peerRemoveLong,
		Example: `  wgctrl peer remove wg0 alice
  wgctrl peer remove wg0.conf "alice's laptop" --dry-run`,
		Args:              exactArgs("DEVICE|FILE", "NAME|KEY"),
		ValidArgsFunction: p.completeTarget(true),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd, args[0], !dryRun, func(s *peerState) error {
				key, err := s.find(args[1])
				if err != nil {
					return err
				}
				return s.remove(cmd, key, dryRun)
			})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would be removed and change nothing")
	return cmd
}

// remove removes a peer from the device and the file, as far as they have it.
func (s *peerState) remove(cmd *cobra.Command, key wgtypes.PublicKey, dryRun bool) (err error) {
	from := peerTarget{}
	var text []byte
	if s.inFile(key) {
		from.path = s.path
		if text, err = s.file.Remove(key); err != nil {
			return err
		}
	}
	var change, undo wgtypes.Config
	if have := s.inDevice(key); have != nil {
		from.device = s.device
		change.Peers = []wgtypes.PeerConfig{{PublicKey: key, Remove: true}}
		undo.Peers = []wgtypes.PeerConfig{restored(have)}
	}
	where := termtext.Clean(from.String())
	if dryRun {
		fmt.Fprintf(cmd.OutOrStdout(), "would remove peer %s from %s\n", s.describe(key), where)
		return nil
	}
	if err := s.apply(cmd.Context(), change, undo, text); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "removed peer %s from %s\n", s.describe(key), where)
	if text != nil {
		s.noteReload(cmd.ErrOrStderr())
	}
	return nil
}

// noteReload tells what to do after the file has changed, so that wgctrl down can save
// the interface to it.
func (s *peerState) noteReload(w io.Writer) {
	if s.device != "" && s.file.Interface().SaveConfig {
		fmt.Fprintf(w, "note: before wgctrl down or save, run: wgctrl reload %s\n", termtext.Clean(termtext.Argument(s.device)))
	}
}

// restored returns the change that adds a peer that was removed.
func restored(p *wgtypes.Peer) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{
		PublicKey: p.PublicKey, PresharedKey: &p.PresharedKey, Endpoint: p.Endpoint,
		PersistentKeepalive: &p.PersistentKeepalive, PersistentKeepaliveMax: p.PersistentKeepaliveMax,
		ReplaceAllowedIPs: true, AllowedIPs: p.AllowedIPs,
	}
}

const peerRenameLong = `rename gives a peer another name in the file of DEVICE, or in FILE. NAME|KEY is its
current name or its public key. rename changes the comment that names the peer; a
peer without one gets the comment "# Name = NEW" below [Peer]. Devices have no names,
so DEVICE does not change.`

func newPeerRename(p *peerCommand) *cobra.Command {
	return &cobra.Command{
		Use:               "rename DEVICE|FILE NAME|KEY NEW",
		SuggestFor:        []string{"move", "mv"},
		Short:             "Change the name of a peer",
		Annotations:       undoes(),
		Long:              peerRenameLong,
		Example:           `  wgctrl peer rename wg0 alice "alice's laptop"`,
		Args:              exactArgs("DEVICE|FILE", "NAME|KEY", "NEW"),
		ValidArgsFunction: p.completeTarget(true),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := peerfile.CheckName(args[2]); err != nil {
				return err
			}
			return p.run(cmd, args[0], true, func(s *peerState) error { return s.rename(cmd, args[1], args[2]) })
		},
	}
}

// rename changes the name of a peer in the file.
func (s *peerState) rename(cmd *cobra.Command, arg, name string) error {
	if s.file == nil {
		return fmt.Errorf("%s has no file in which its peers have names", s.device)
	}
	key, err := s.find(arg)
	if err != nil {
		return err
	}
	if err := s.checkFree(name, key); err != nil {
		return err
	}
	text, err := s.file.Rename(key, name)
	if err != nil {
		return err
	}
	before := s.describe(key)
	if err := s.apply(cmd.Context(), wgtypes.Config{}, wgtypes.Config{}, text); err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "renamed peer %s to %q in %s\n", before, name, termtext.Clean(s.path))
	s.noteReload(cmd.ErrOrStderr())
	return nil
}
