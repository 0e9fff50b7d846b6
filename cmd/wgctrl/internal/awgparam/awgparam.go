// Package awgparam parses and formats the parameters of AmneziaWG as awg(8) does.
package awgparam

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Word returns the name of a parameter on the command line, such as
// "rekey-after-time".
func Word(p wgtypes.AmneziaParameter) string { return strings.ReplaceAll(p.Name(), "_", "-") }

// Label returns the name of a parameter for people, such as "rekey after time".
func Label(p wgtypes.AmneziaParameter) string { return strings.ReplaceAll(p.Name(), "_", " ") }

// Words returns the names of all parameters on the command line.
func Words() []string {
	var words []string
	for _, p := range wgtypes.AmneziaParameters() {
		words = append(words, Word(p))
	}
	return words
}

// Find returns the parameter with that name on the command line.
func Find(word string) (p wgtypes.AmneziaParameter, ok bool) {
	i := slices.Index(Words(), word)
	if i < 0 {
		return p, false
	}
	return wgtypes.AmneziaParameters()[i], true
}

// IsKey reports whether the value of p is the header protection key, a secret.
func IsKey(p wgtypes.AmneziaParameter) bool {
	_, ok := p.State(new(wgtypes.Amnezia)).(*wgtypes.HeaderProtectionKey)
	return ok
}

// IsDefault reports whether the value that a has for p is that of a new device.
func IsDefault(p wgtypes.AmneziaParameter, a *wgtypes.Amnezia) bool {
	return p.Equal(a, new(wgtypes.DefaultAmnezia()))
}

// AppendValue appends the value that a has for p in the form of awg(8)'s dump:
// "(null)" for no packet, and "(none)" for no key. A key is appended in base64. Tabs in
// the description of a packet become blanks, so that it is one column.
func AppendValue(b []byte, p wgtypes.AmneziaParameter, a *wgtypes.Amnezia) []byte {
	switch v := p.State(a).(type) {
	case *uint16:
		b = strconv.AppendUint(b, uint64(*v), 10)
	case *wgtypes.Range:
		b, _ = v.AppendText(b) // never fails
	case *bool:
		b = append(b, onOff(*v)...)
	case *string:
		if *v == "" {
			return append(b, "(null)"...)
		}
		b = append(b, strings.ReplaceAll(*v, "\t", " ")...)
	case *wgtypes.HeaderProtectionKey:
		if v.IsZero() {
			return append(b, "(none)"...)
		}
		b, _ = v.AppendText(b) // never fails
	}
	return b
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Parse makes c set p to a value of the command line. It ignores blanks in ranges. The
// error says what is wrong with the value, without the name of p. It does not parse the
// header protection key, which is not an argument.
func Parse(c *wgtypes.AmneziaConfig, p wgtypes.AmneziaParameter, value string) error {
	ok, expected := true, ""
	switch field := p.Change(c).(type) {
	case **uint16:
		n, err := strconv.ParseUint(value, 10, 16)
		*field, ok = new(uint16(n)), err == nil
		expected = fmt.Sprintf("a number from 0 to %d", math.MaxUint16)
	case **wgtypes.Range:
		r, err := wgtypes.ParseRange(strings.Join(strings.Fields(value), ""))
		*field, ok = &r, err == nil
		expected = `a number, or an ascending range such as "5-9"`
	case **bool:
		on, known := ParseSwitch(value)
		*field, ok = &on, known
		expected = "on or off"
	case **string:
		*field = &value
	}
	if !ok {
		return fmt.Errorf("invalid value %q: must be %s", keytext.Hide(value), expected)
	}
	if invalid, ok := errors.AsType[*wgtypes.FieldError](wgtypes.Config{Amnezia: c}.Validate()); ok {
		return errors.New(invalid.Reason)
	}
	return nil
}

// ParseSwitch parses "on" and "off", in any case, and numbers, of which only 0 is off.
func ParseSwitch(value string) (on, ok bool) {
	switch strings.ToLower(value) {
	case "on":
		return true, true
	case "off":
		return false, true
	}
	n, err := strconv.ParseUint(value, 10, 32)
	return n != 0, err == nil
}
