package wgcommand

import (
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/wgconf"
)

// parseStrict parses a file for Env.Strict. The error has all errors of the file, or
// that of a host name.
func (c *command) parseStrict(path string, text []byte) (change, error) {
	file := wgconf.Parse(path, text)
	settings, err := file.Settings(c.dialect())
	if err != nil && isForQuick(file, err) {
		return change{}, message(c.strictError(err).Error() + c.quickHint())
	}
	if err == nil && c.name != "addconf" && !c.env.AllowEmpty {
		err = conffile.CheckNotEmpty(path, settings)
	}
	if err != nil {
		return change{}, c.strictError(err)
	}
	return c.changeFrom(settings)
}

// changeFrom returns the change that settings describe. As parseFile, it prints
// warnings and looks up host names.
func (c *command) changeFrom(settings *wgconf.Settings) (change, error) {
	ch := change{Interface: settings.Interface, peers: make([]*peer, len(settings.Peers))}
	for i := range settings.Peers {
		p := &peer{Peer: settings.Peers[i], hasKey: true}
		ch.peers[i] = p
		for _, a := range p.AllowedIPs {
			if hasHostBits(a.Prefix) {
				c.warnHostBits(a.Prefix.String())
			}
		}
		if p.Endpoint != (wgconf.Endpoint{}) {
			if err := c.parseEndpoint(p, p.Endpoint.String()); err != nil {
				return ch, err
			}
		}
	}
	return ch, nil
}

// strictError returns err as a message with a line for each error that it joins.
func (c *command) strictError(err error) error {
	if err == nil {
		return nil
	}
	var b strings.Builder
	for line := range strings.SplitSeq(err.Error(), "\n") {
		b.WriteString(c.env.Program + ": " + line + "\n")
	}
	return message(b.String())
}

// isForQuick reports whether a file, of which err has the errors as a file of wg(8),
// has fewer as a file of wg-quick(8).
func isForQuick(file *wgconf.File, err error) bool {
	_, other := file.Settings(wgconf.DialectAWGQuick)
	return other == nil || strings.Count(other.Error(), "\n") < strings.Count(err.Error(), "\n")
}

// quickHint returns what to do with a file of wg-quick(8).
func (c *command) quickHint() string {
	const hint = "  hint: this is a file of wg-quick(8): "
	if c.name == "addconf" {
		return hint + `"wgctrl strip" converts it` + "\n"
	}
	return hint + `"wgctrl sync" applies it, and "wgctrl strip" converts it for ` + c.name + "\n"
}
