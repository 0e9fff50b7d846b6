package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/peerfile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const peerLong = `peer adds, removes, renames and shows peers.

DEVICE is the name of a running device. add and remove change the device and, if it
exists, its file /etc/wireguard/DEVICE.conf or /etc/amnezia/amneziawg/DEVICE.conf. If
both exist, it is the second only for an AmneziaWG device. FILE is a file of wg(8) or
wg-quick(8), a path with a slash or one that ends with ".conf"; then no device changes.

The name of a peer is the comment "# Name = NAME" above its [Peer], or another
comment that "top" and the exporter take as its name. The commands keep every other
byte of the file. They replace it in one step, keep its owner and mode, and lock it
while they run, so that two of them at once do not lose a change.`

const peerExample = `  wgctrl peer add wg0 --name alice --endpoint vpn.example.com --out alice.conf
  wgctrl peer show wg0 alice
  wgctrl peer rename wg0 alice "alice's laptop"
  wgctrl peer remove wg0 "alice's laptop"`

// groupPeer is the group of the commands of peer in the help.
const groupPeer = "peer"

func newPeer(cf *clientFlags) *cobra.Command {
	p := &peerCommand{cf: cf}
	cmd := &cobra.Command{
		Use:     "peer COMMAND",
		Short:   "Add, remove, rename and show peers",
		Long:    peerLong,
		Example: peerExample,
		Args:    unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return errors.New(`peer: missing argument COMMAND; run "wgctrl peer --help" for a list`)
		},
	}
	configDirFlag(cmd, &p.configDir, true)
	cmd.AddGroup(&cobra.Group{ID: groupPeer, Title: "Commands:"})
	for _, sub := range []*cobra.Command{newPeerAdd(p), newPeerRemove(p), newPeerRename(p), newPeerShow(p)} {
		sub.GroupID = groupPeer
		cmd.AddCommand(sub)
	}
	return cmd
}

// peerCommand has the flags that the commands of peer share.
type peerCommand struct {
	cf        *clientFlags
	configDir string
}

// peerTarget is what a command of peer reads and changes: a device, a file, or both.
type peerTarget struct {
	device string // "" for a file alone
	path   string // "" if the device has no file
}

func (t peerTarget) String() string {
	if t.device == "" || t.path == "" {
		return t.device + t.path
	}
	return t.device + " and " + t.path
}

// target returns the target that an argument names.
func (p *peerCommand) target(ctx context.Context, c *wgctrl.Client, arg string) (peerTarget, error) {
	if isPath(arg) {
		return peerTarget{path: arg}, nil
	}
	if err := checkDeviceName(arg); err != nil {
		return peerTarget{}, err
	}
	refs, _ := c.List(ctx) // on an error: the devices found
	path := fileOfName(refs, p.configDir, arg)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = "", nil
	}
	return peerTarget{device: arg, path: path}, err
}

// lock locks the target: its file or, for a device without one, a directory.
func (p *peerCommand) lock(ctx context.Context, t peerTarget) (unlock func(), err error) {
	if t.path != "" {
		return rewrite.Lock(ctx, t.path)
	}
	unlock, err = rewrite.Lock(ctx, p.configDir)
	if errors.Is(err, fs.ErrNotExist) {
		return rewrite.Lock(ctx, os.TempDir())
	}
	return unlock, err
}

// peerState is the state of a target.
type peerState struct {
	peerTarget
	client *wgctrl.Client
	dev    *wgtypes.Device // nil for a file alone
	file   *peerfile.File  // nil if the device has no file
	text   []byte          // of the file
}

// run calls do with the state of the target that arg names. With lock, it locks the
// target meanwhile.
func (p *peerCommand) run(cmd *cobra.Command, arg string, lock bool, do func(*peerState) error) error {
	return p.cf.run(cmd, func(c *wgctrl.Client) error {
		t, err := p.target(cmd.Context(), c, arg)
		if err != nil {
			return err
		}
		if lock {
			unlock, err := p.lock(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer unlock()
		}
		s := &peerState{peerTarget: t, client: c}
		if err := s.read(cmd); err != nil {
			return err
		}
		defer clear(s.text) // private keys
		return do(s)
	})
}

// read reads the file and the device.
func (s *peerState) read(cmd *cobra.Command) (err error) {
	if s.path != "" {
		if s.text, err = conffile.Read(cmd.InOrStdin(), s.path); err != nil {
			return err
		}
		if s.file, err = peerfile.Parse(s.path, s.text); err != nil {
			return err
		}
	}
	if s.device == "" {
		return nil
	}
	s.dev, err = s.client.Device(cmd.Context(), s.device)
	if errors.Is(err, fs.ErrNotExist) && s.path != "" {
		err = fmt.Errorf("%w; to use only its file, name %s", err, s.path)
	}
	return err
}

// name returns the name of a peer, or "".
func (s *peerState) name(key wgtypes.PublicKey) string {
	if s.file == nil {
		return ""
	}
	return s.file.Name(key)
}

// describe returns the name and the key of a peer for messages.
func (s *peerState) describe(key wgtypes.PublicKey) string {
	if name := s.name(key); name != "" {
		return fmt.Sprintf("%q (%s)", name, key)
	}
	return key.String()
}

// inFile reports whether the file has the peer.
func (s *peerState) inFile(key wgtypes.PublicKey) bool { return s.file != nil && s.file.Has(key) }

// inDevice returns the peer of the device, or nil.
func (s *peerState) inDevice(key wgtypes.PublicKey) *wgtypes.Peer {
	if s.dev == nil {
		return nil
	}
	if i := slices.IndexFunc(s.dev.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == key }); i >= 0 {
		return &s.dev.Peers[i]
	}
	return nil
}

// find returns the key of the peer that an argument names, by its name or key.
func (s *peerState) find(arg string) (wgtypes.PublicKey, error) {
	key, err := wgtypes.ParsePublicKey(arg)
	switch {
	case err == nil && !s.inFile(key) && s.inDevice(key) == nil:
		return key, fmt.Errorf("%s: no peer has this public key", s.peerTarget) // the key may be secret
	case err == nil:
		return key, nil
	case s.file == nil:
		return key, fmt.Errorf("%s has no file in which its peers have names: use the public key", s.device)
	}
	return s.file.Named(arg)
}

// checkFree returns an error if a peer other than key has the name.
func (s *peerState) checkFree(name string, key wgtypes.PublicKey) error {
	if s.file == nil {
		return nil
	}
	switch other, err := s.file.Named(name); {
	case errors.Is(err, peerfile.ErrNotFound):
		return nil
	case err != nil: // several peers
		return err
	case other != key:
		return fmt.Errorf("%s: peer %s has the name %q", s.path, other, name)
	}
	return nil
}

// apply changes the device and replaces the text of the file. A zero change and a nil
// text change nothing. If a step fails, neither changes, or the error says what did.
func (s *peerState) apply(ctx context.Context, change, undo wgtypes.Config, text []byte) error {
	changed := false
	configure := func() error {
		if change.IsZero() {
			return nil
		}
		err := s.client.ConfigureDevice(ctx, s.device, change)
		changed = err == nil
		return err
	}
	if text == nil {
		return configure()
	}
	err := rewrite.FileAfter(ctx, s.path, s.text, text, configure)
	if err == nil || !changed {
		return err
	}
	if failed := s.client.ConfigureDevice(context.WithoutCancel(ctx), s.device, undo); failed != nil {
		return errors.Join(fmt.Errorf("%w; %s was changed before, and undoing that failed", err, s.device), failed)
	}
	return fmt.Errorf("%w; the change of %s was undone", err, s.device)
}

// completeTarget completes a device or a file, and then, if peers is set, the name or
// key of a peer.
func (p *peerCommand) completeTarget(peers bool) completion {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) == 0:
			names, _ := p.cf.completeDevice(cmd, args, toComplete)
			return names, cobra.ShellCompDirectiveDefault
		case len(args) == 1 && peers:
			return p.peersOf(cmd, args[0]), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// peersOf returns the names of the peers of a target and the keys of those without,
// or nil if it cannot be read.
func (p *peerCommand) peersOf(cmd *cobra.Command, arg string) (names []string) {
	_ = p.cf.use(func(c *wgctrl.Client) error {
		t, err := p.target(cmd.Context(), c, arg)
		if err != nil {
			return err
		}
		s := &peerState{peerTarget: t, client: c}
		if err := s.read(cmd); err != nil {
			return err
		}
		for _, key := range s.keys() {
			if name := s.name(key); name != "" {
				names = append(names, name)
			} else {
				names = append(names, key.String())
			}
		}
		return nil
	})
	return names
}

// keys returns the keys of the peers of the file, and then those of the device alone.
func (s *peerState) keys() (keys []wgtypes.PublicKey) {
	if s.file != nil {
		for peer := range s.file.Peers() {
			keys = append(keys, peer.PublicKey)
		}
	}
	if s.dev != nil {
		for i := range s.dev.Peers {
			if key := s.dev.Peers[i].PublicKey; !s.inFile(key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
