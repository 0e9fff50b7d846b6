package wgcommand

import (
	"errors"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// knowsAmnezia reports whether the command shows and changes the parameters of
// AmneziaWG. wg does not.
func (c *command) knowsAmnezia() bool { return c.env.Amnezia || c.env.Strict }

// removeAmnezia removes what only AmneziaWG has from the state of a device.
func removeAmnezia(d *wgtypes.Device) {
	d.Amnezia = nil
	for i := range d.Peers {
		d.Peers[i].PersistentKeepaliveMax = 0
	}
}

// refusal returns why the library has refused a change before it has sent anything,
// because the device would not work or does not have a parameter. It returns "" for
// other errors, and for wg. awg would get an errno from the device that says less.
func (c *command) refusal(err error) string {
	_, answered := lastErrno(err)
	var op *wgctrl.OpError
	if !c.env.Amnezia || answered || !errors.As(err, &op) || op.Err == nil {
		return ""
	}
	var invalid *wgtypes.FieldError
	if errors.As(err, &invalid) && invalid.Field != "name" || errors.Is(err, errors.ErrUnsupported) {
		return strings.TrimPrefix(op.Err.Error(), "wgtypes: ")
	}
	return ""
}

// misspelt is the name that awg has in show for "max-handshake-attempts".
const misspelt = "max-handshake-attemps"

// parameterField returns the field of show for a parameter of AmneziaWG. A device that
// is not one of AmneziaWG has the values of a new one, which are those of WireGuard.
func parameterField(word string) (f field, ok bool) {
	if word == misspelt {
		word = "max-handshake-attempts"
	}
	p, ok := awgparam.Find(word)
	if !ok {
		return f, false
	}
	f.device = func(b []byte, d *wgtypes.Device) []byte {
		a := d.Amnezia
		if a == nil {
			a = new(wgtypes.DefaultAmnezia())
		}
		return awgparam.AppendValue(b, p, a)
	}
	return f, true
}

// appendParameters appends the columns of dump for the parameters that the device's
// version of AmneziaWG has, each with a tab after it. A device that does not show its
// version has those of the first one.
func appendParameters(b []byte, a *wgtypes.Amnezia) []byte {
	for _, p := range wgtypes.AmneziaParameters() {
		if p.Since() <= max(a.Version, wgtypes.AmneziaV10) {
			b = append(awgparam.AppendValue(b, p, a), '\t')
		}
	}
	return b
}

// appendAmnezia appends the lines of a device of AmneziaWG in the form for people: the
// parameters that differ from those of a new device.
func (p *printer) appendAmnezia(b []byte, a *wgtypes.Amnezia) []byte {
	if !p.asAWG {
		b = append(append(p.appendLabel(b, "amneziawg"), a.Version.String()...), '\n')
	}
	for _, param := range wgtypes.AmneziaParameters() {
		if awgparam.IsDefault(param, a) && !p.showsDefault(param, a) {
			continue
		}
		b = p.appendLabel(b, awgparam.Label(param))
		if awgparam.IsKey(param) {
			b = p.appendSecret(b, a.HeaderProtectionKey)
		} else {
			b = awgparam.AppendValue(b, param, a)
		}
		b = append(b, '\n')
	}
	if len(a.UnknownKeys) > 0 && !p.asAWG {
		b = append(append(p.appendLabel(b, "unknown to wgctrl"), strings.Join(a.UnknownKeys, ", ")...), '\n')
	}
	return b
}

// showsDefault reports whether awg shows the default of a parameter: it does for
// switches that the device has.
func (p *printer) showsDefault(param wgtypes.AmneziaParameter, a *wgtypes.Amnezia) bool {
	_, isSwitch := param.State(a).(*bool)
	return p.asAWG && isSwitch && a.Version >= param.Since()
}

// parameterArgs returns the arguments of set for the parameters of AmneziaWG, with a
// blank after each.
func parameterArgs() string {
	var b strings.Builder
	var a wgtypes.Amnezia
	for _, p := range wgtypes.AmneziaParameters() {
		value := ""
		switch p.State(&a).(type) {
		case *uint16:
			value = "<number>"
		case *wgtypes.Range:
			value = "<number or range>"
		case *string:
			value = "<packet>"
		case *wgtypes.HeaderProtectionKey:
			value = "<file path>"
		case *bool:
			value = "<on|off>"
		}
		b.WriteString("[" + awgparam.Word(p) + " " + value + "] ")
	}
	return b.String()
}

// advancedSecurity is a setting of peers in awg's set. Modules of AmneziaWG 1 and 2 have
// it and change it themselves with each handshake, that of AmneziaWG 3 ignores it, and
// daemons reject it.
const advancedSecurity = "advanced-security"

// ignoreAdvancedSecurity checks the value of advancedSecurity, which is not sent.
func (c *command) ignoreAdvancedSecurity(value string) error {
	if _, ok := awgparam.ParseSwitch(value); !ok {
		return message("Boolean value is neither on/off nor 0/1: `" + value + "'")
	}
	c.writeMessage("Warning: " + advancedSecurity + " is ignored")
	return nil
}

// parseParameter parses a parameter of AmneziaWG and its value. The value of the key is
// a file.
func (c *command) parseParameter(ch *change, p wgtypes.AmneziaParameter, value string) error {
	if awgparam.IsKey(p) {
		raw, err := c.readKeyFile(value)
		ch.parameters().HeaderProtectionKey = new(wgtypes.NewHeaderProtectionKey(raw))
		return err
	}
	err := awgparam.Parse(ch.parameters(), p, value)
	if err != nil && !c.env.Strict {
		err = message("Unable to parse " + awgparam.Word(p) + ": `" + value + "'")
	}
	return err
}

// parameters returns the parameters that c sets, for setting more of them.
func (c *change) parameters() *wgtypes.AmneziaConfig {
	if c.Amnezia == nil {
		c.Amnezia = new(wgtypes.AmneziaConfig)
	}
	return c.Amnezia
}

// parseAmneziaLine parses a line with a key that only awg has. A parameter of AmneziaWG 3
// without a value, which apps write, is not set.
func (c *command) parseAmneziaLine(ch *change, line wgconf.Line) error {
	all := wgtypes.AmneziaParameters()
	i := slices.IndexFunc(all, func(p wgtypes.AmneziaParameter) bool { return p.Key() == line.Key })
	if i < 0 {
		c.writeMessage("Warning: " + line.Key + " is ignored")
		return nil
	}
	switch p := all[i]; {
	case line.Value() == "" && p.Since() >= wgtypes.AmneziaV30:
		return nil
	case awgparam.IsKey(p):
		raw, err := parseSecret(line.Value())
		ch.parameters().HeaderProtectionKey = new(wgtypes.NewHeaderProtectionKey(raw))
		return err
	case awgparam.Parse(ch.parameters(), p, line.Value()) != nil:
		return message("Unable to parse " + p.Key() + ": `" + keytext.HideLong(line.Value()) + "'")
	}
	return nil
}
