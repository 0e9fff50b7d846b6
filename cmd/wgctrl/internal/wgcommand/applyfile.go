package wgcommand

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/stdin"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// applyFile runs wg setconf, addconf and syncconf: <interface> <file>.
func (c *command) applyFile(args []string) error {
	if len(args) != 2 {
		return c.usageError(fileArgs)
	}
	name, path := args[0], args[1]
	text, err := c.readFile(path)
	if err != nil {
		return err
	}
	change, err := c.parse(path, text)
	if err != nil {
		return err
	}
	if c.name != "addconf" {
		change.replaceAll(c.env.Strict)
	}
	if c.name == "syncconf" && len(change.peers) > 0 {
		have, err := c.device(name)
		if err != nil {
			return failed("Unable to retrieve current interface configuration", err)
		}
		change.sync(have)
	}
	return c.apply(name, &change)
}

// parse parses the text of a file. The error has the messages to print.
func (c *command) parse(path string, text []byte) (change, error) {
	if c.env.Strict {
		return c.parseStrict(path, text)
	}
	ch, err := c.parseFile(text)
	if err != nil {
		if _, ok := errors.AsType[*envError](err); !ok {
			err = message(err.Error() + "\nConfiguration parsing error")
		}
		return ch, err
	}
	if !ch.hasPublicKeys() {
		return ch, message("A peer is missing a public key\nInvalid configuration")
	}
	return ch, nil
}

// readFile reads a file. It fails if it cannot read the whole file: applying the
// first part would clear the settings in the rest.
func (c *command) readFile(path string) ([]byte, error) {
	if c.env.Strict {
		text, err := conffile.Read(c.env.In, path)
		return text, c.strictError(err)
	}
	if c.isClosed(path) {
		return nil, noInput()
	}
	text, err := os.ReadFile(path)
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed) && failed.Op == "open":
		return nil, message("fopen: " + fileReason(err))
	case err != nil:
		return nil, message("Unable to read file: " + fileReason(err))
	}
	return text, nil
}

// noInput returns the error of opening a closed standard input.
func noInput() error { return message("fopen: " + fileReason(syscall.ENOENT)) }

// isClosed reports whether path names standard input and standard input is closed.
// Go would read the null device instead.
func (c *command) isClosed(path string) bool { return stdin.Names(path) && stdin.IsClosed(c.env.In) }

// replaceAll clears the settings that the file does not have, except for the
// private key if keepKey is set.
func (c *change) replaceAll(keepKey bool) {
	c.replacePeers = true
	if c.PrivateKey == nil && !keepKey {
		c.PrivateKey = new(wgtypes.PrivateKey)
	}
	if c.ListenPort == nil {
		c.ListenPort = new(uint16)
	}
	if c.FwMark == nil {
		c.FwMark = new(uint32)
	}
}

// sync keeps the sessions of have, whose peers replaceAll would recreate. As in
// wg syncconf, it removes the peers that the file lacks and writes all others, even
// if they do not change.
func (c *change) sync(have *wgtypes.Device) {
	if len(have.Peers) == 0 {
		return
	}
	c.replacePeers = false
	first := make(map[wgtypes.PublicKey]*peer, len(c.peers)) // the first of each key
	for _, p := range c.peers {
		if first[p.PublicKey] == nil {
			first[p.PublicKey] = p
		}
	}
	var gone []*peer
	for i := range have.Peers {
		old := &have.Peers[i]
		if p := first[old.PublicKey]; p != nil {
			p.clear(old)
			continue
		}
		gone = append(gone, &peer{Peer: wgconf.Peer{PublicKey: old.PublicKey}, remove: true})
	}
	slices.SortFunc(gone, func(a, b *peer) int { return bytes.Compare(b.PublicKey[:], a.PublicKey[:]) }) // as wg sends them
	c.peers = append(gone, c.peers...)
}

// clear clears the settings of old that p does not have.
func (p *peer) clear(old *wgtypes.Peer) {
	if p.PresharedKey == nil && !old.PresharedKey.IsZero() {
		p.PresharedKey = new(wgtypes.PresharedKey)
	}
	if p.PersistentKeepalive == nil && !keepalive(old).IsZero() {
		p.PersistentKeepalive = new(time.Duration)
	}
}
