package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// syncFile is a configuration file that sync applies.
type syncFile struct {
	name     string // for messages
	settings *wgconf.Settings
	// names returns the names of the peers. It reads the file when it is first called:
	// usually nothing prints them.
	names func() map[wgtypes.PublicKey]string
	err   error // why the file cannot be applied
}

// readSyncFile reads a file of wg(8), wg-quick(8), awg(8) or awg-quick(8).
func readSyncFile(cmd *cobra.Command, path string, allowEmpty bool) *syncFile {
	f := &syncFile{name: confName(path)}
	file, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		f.err = err
		return f
	}
	f.settings, err = file.Settings(wgconf.DialectAWGQuick)
	if f.err = ignoreQuick(cmd.ErrOrStderr(), err); f.err != nil {
		return f
	}
	if !allowEmpty {
		f.err = conffile.CheckNotEmpty(f.name, f.settings)
	}
	f.names = sync.OnceValue(file.PeerNames)
	return f
}

// hostPeers returns the peers whose endpoint has a host name, or none if the file has an
// error.
func (f *syncFile) hostPeers() (peers []*wgconf.Peer) {
	if f.err != nil {
		return nil
	}
	for i := range f.settings.Peers {
		p := &f.settings.Peers[i]
		if _, numeric := p.Endpoint.AddrPort(); !numeric && p.Endpoint.Host != "" {
			peers = append(peers, p)
		}
	}
	return peers
}

// config returns the complete state of a device, except for the private key if the file
// has none, and the mark if wg-quick(8) or up chooses it. All host names must have been
// looked up.
func (f *syncFile) config() (wgtypes.Config, error) {
	if f.err != nil {
		return wgtypes.Config{}, f.err
	}
	c, err := f.settings.Config()
	if f.settings.Interface.PrivateKey == nil {
		c.PrivateKey = nil // keep the key
	}
	if conffile.ChoosesMark(f.settings) {
		c.FirewallMark = nil // keep the mark
	}
	return c, err
}

// peerName returns a function that returns the name of a peer of the device, by this file
// or else by others.
func (f *syncFile) peerName(device string, others fileNames) func(wgtypes.PublicKey) string {
	names := f.names // a reference to f would keep the settings in memory
	return func(key wgtypes.PublicKey) string { return cmp.Or(names()[key], others.of(device, key)) }
}

// ignoreQuick returns err, the error of File.Settings, without the problems of
// wg-quick's keys, which sync does not use. It reports those on w.
func ignoreQuick(w io.Writer, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var errs []error
	for _, err := range joined.Unwrap() {
		if p, ok := errors.AsType[*wgconf.Problem](err); ok && p.QuickOnly() {
			fmt.Fprintf(w, "wgctrl: ignored: %s\n", termtext.Clean(p.Error()))
			continue
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
