package wgcommand

import (
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/wgconf"
)

// checkFile returns the errors of a file if Env.Strict is set.
func (c *command) checkFile(path string, text []byte) error {
	if !c.env.Strict {
		return nil
	}
	settings, err := wgconf.Parse(path, text).Settings(wgconf.DialectWG)
	if err == nil && c.name != "addconf" && !c.env.AllowEmpty {
		err = conffile.CheckNotEmpty(path, settings)
	}
	return c.strictError(err)
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
