package wgcommand

import (
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
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
	if ch.amnezia == nil {
		ch.amnezia = new(wgtypes.AmneziaConfig)
	}
	if awgparam.IsKey(p) {
		raw, err := c.readKeyFile(value)
		ch.amnezia.HeaderProtectionKey = new(wgtypes.NewHeaderProtectionKey(raw))
		return err
	}
	if err := awgparam.Parse(ch.amnezia, p, value); err != nil {
		if c.env.Strict {
			return err
		}
		return message("Unable to parse " + awgparam.Word(p) + ": `" + value + "'")
	}
	return nil
}
