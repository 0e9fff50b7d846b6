package wgcommand

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/stdin"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// applyFile runs wg setconf, addconf and syncconf: <interface> <file>.
func (c *command) applyFile(args []string) error {
	if len(args) != 2 {
		return c.misused(fileArgs)
	}
	name, path := args[0], args[1]
	text, err := c.readFile(path)
	if err != nil {
		return err
	}
	defer clear(text)
	change, err := c.parseFile(text)
	if err != nil {
		var now *stop
		if !errors.As(err, &now) {
			err = message(err.Error() + "\nConfiguration parsing error")
		}
		return err
	}
	if !change.isComplete() {
		return message("A peer is missing a public key\nInvalid configuration")
	}
	if c.name != "addconf" {
		change.replaceAll()
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

// readFile reads a complete file. Applying a part of a file would clear settings
// that the rest has.
func (c *command) readFile(path string) ([]byte, error) {
	if c.isClosed(path) {
		return nil, errNoInput
	}
	text, err := os.ReadFile(path)
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed) && failed.Op == "open":
		return nil, message("fopen: " + because(err))
	case err != nil:
		return nil, message("Unable to read file: " + because(err))
	}
	return text, nil
}

// errNoInput is the error of opening a closed standard input.
var errNoInput = message("fopen: " + because(syscall.ENOENT))

// isClosed reports whether path names standard input and standard input is closed.
// Go would read the null device instead.
func (c *command) isClosed(path string) bool { return stdin.Names(path) && stdin.IsClosed(c.env.In) }

// isComplete reports whether every peer has a public key.
func (c *change) isComplete() bool {
	return !slices.ContainsFunc(c.peers, func(p *peer) bool { return !p.hasKey })
}

// replaceAll clears the settings that the file does not have.
func (c *change) replaceAll() {
	d := &c.device
	d.ReplacePeers = true
	if d.PrivateKey == nil {
		d.PrivateKey = new(wgtypes.PrivateKey)
	}
	if d.ListenPort == nil {
		d.ListenPort = new(uint16)
	}
	if d.FirewallMark == nil {
		d.FirewallMark = new(uint32)
	}
}

// sync keeps the sessions of have, whose peers replaceAll would recreate. As in
// wg syncconf, it removes the peers that the file lacks and writes all others, even
// if they do not change.
func (c *change) sync(have *wgtypes.Device) {
	if len(have.Peers) == 0 {
		return
	}
	c.device.ReplacePeers = false
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
		gone = append(gone, &peer{PeerConfig: wgtypes.PeerConfig{PublicKey: old.PublicKey, Remove: true}})
	}
	slices.SortFunc(gone, func(a, b *peer) int { return bytes.Compare(b.PublicKey[:], a.PublicKey[:]) }) // as wg sends them
	c.peers = append(gone, c.peers...)
}

// clear clears the settings of old that p does not have.
func (p *peer) clear(old *wgtypes.Peer) {
	if p.PresharedKey == nil && !old.PresharedKey.IsZero() {
		p.PresharedKey = new(wgtypes.PresharedKey)
	}
	if p.PersistentKeepalive == nil && old.PersistentKeepalive != 0 {
		p.PersistentKeepalive = new(time.Duration)
	}
}

// parseFile parses a configuration file in wg's order, which its messages show: it
// stops at the first invalid line and resolves each host name when it reads it.
func (c *command) parseFile(text []byte) (change, error) {
	var ch change
	for line := range wgconf.Parse("", text).Lines(wgconf.DialectWG) {
		if line.Peer == len(ch.peers) {
			ch.add().ReplaceAllowedIPs = true
		}
		if line.Value() == "" {
			continue
		}
		if err := c.parseLine(&ch, line); err != nil {
			return ch, err
		}
	}
	return ch, nil
}

// parseLine parses a line with a value.
func (c *command) parseLine(ch *change, line wgconf.Line) error {
	switch line.Key {
	case "":
		return message("Line unrecognized: `" + hideKeys(line.Value()) + "'")
	case "ListenPort":
		return ch.parseListenPort(line.Value())
	case "FwMark":
		return ch.parseMark(line.Value())
	case "PrivateKey":
		raw, err := parseSecret(line.Value())
		ch.device.PrivateKey = new(wgtypes.NewPrivateKey(raw))
		return err
	}
	p := ch.peers[line.Peer]
	switch line.Key {
	case "PublicKey":
		return p.parsePublicKey(line.Value())
	case "AllowedIPs":
		return c.parseAllowedIPs(p, line.Value())
	case "Endpoint":
		return c.parseEndpoint(p, line.Value())
	case "PersistentKeepalive":
		return p.parseKeepalive(line.Value())
	}
	// PresharedKey
	raw, err := parseSecret(line.Value())
	p.PresharedKey = new(wgtypes.NewPresharedKey(raw))
	return err
}

// hidden is printed instead of text that can be a secret.
const hidden = "(hidden)"

// hideKeys returns line with hidden instead of everything that can be a key or
// most of one: a run of 40 or more base64 characters and its padding. A name and a
// key without "=" between them are one run.
func hideKeys(line string) string {
	const enough = 40 // of the 44 that a key has
	var b strings.Builder
	for line != "" {
		n := 0
		for n < len(line) && isBase64(line[n]) {
			n++
		}
		if n < enough {
			n = min(n+1, len(line))
			b.WriteString(line[:n])
			line = line[n:]
			continue
		}
		b.WriteString(hidden)
		line = strings.TrimLeft(line[n:], "=")
	}
	return b.String()
}

// isBase64 accepts both alphabets of RFC 4648.
func isBase64(c byte) bool {
	return isDigit(c) || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte("+/-_", c) >= 0
}

// change is a change to a device, built from the arguments of set or the lines of
// a file.
type change struct {
	device wgtypes.Config // without its peers
	peers  []*peer
}

// peer is a change to one peer.
type peer struct {
	// AllowedIPs has the elements of all lists, in order.
	wgtypes.PeerConfig
	// removes has the indexes of the elements of AllowedIPs to remove.
	removes []int
	hasKey  bool
}

// add adds a change to another peer.
func (c *change) add() *peer {
	p := &peer{}
	c.peers = append(c.peers, p)
	return p
}

// config returns the change as a Config.
func (c *change) config() (wgtypes.Config, error) {
	config := c.device
	config.Peers = make([]wgtypes.PeerConfig, 0, len(c.peers))
	for _, p := range c.peers {
		if len(p.removes) == 0 || p.Remove {
			config.Peers = append(config.Peers, p.PeerConfig)
			continue
		}
		ordered, err := p.ordered()
		if err != nil {
			return wgtypes.Config{}, err
		}
		config.Peers = append(config.Peers, ordered...)
	}
	return config, nil
}

// ordered returns the PeerConfigs for a peer that removes allowed IPs. The order of
// removals and additions matters, and one PeerConfig cannot express it.
func (p *peer) ordered() ([]wgtypes.PeerConfig, error) {
	lists := wgconf.Peer{PublicKey: p.PublicKey, Incremental: !p.ReplaceAllowedIPs}
	for _, prefix := range p.AllowedIPs {
		lists.AllowedIPs = append(lists.AllowedIPs, wgconf.AllowedIP{Prefix: prefix})
	}
	for _, i := range p.removes {
		lists.AllowedIPs[i].Remove = true
	}
	configs, err := lists.Configs()
	if err != nil {
		return nil, err
	}
	first := &configs[0]
	first.PresharedKey = p.PresharedKey
	first.Endpoint = p.Endpoint
	first.PersistentKeepalive = p.PersistentKeepalive
	return configs, nil
}
