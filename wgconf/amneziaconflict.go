package wgconf

import (
	"errors"
	"math"
	"strings"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// parameters are the last lines that set parameters of AmneziaWG, by their keys.
type parameters map[string]parameterLine

type parameterLine struct {
	number int
	value  string
}

// note records the current line of s, which has a key.
func (p *parameters) note(s *scanner) {
	if !s.key.amnezia {
		return
	}
	if *p == nil {
		*p = make(parameters)
	}
	(*p)[s.key.name] = parameterLine{s.number, s.value}
}

// problem returns a Problem of the parameter with the name.
func (p parameters) problem(name, reason string) *Problem {
	return &Problem{
		Line: p[name].number, Section: interfaceSection.String(), Key: name, Value: shown(p[name].value), Reason: reason,
	}
}

// rejectConflicts reports the parameters of AmneziaWG that contradict others in the
// file, whatever the device has for those that the file does not set, and removes them
// from the Settings.
func (r *reader) rejectConflicts() (problems []*Problem) {
	for r.settings.Interface.Amnezia != nil {
		c := *r.settings.Interface.Amnezia
		name, reason := conflict(compatibleWith(c), c)
		if _, ok := r.parameters[name]; !ok {
			return problems
		}
		p := r.parameters.problem(name, reason)
		p.Err = ErrInvalidValue
		problems = append(problems, p)
		c = withoutParameter(c, name)
		r.settings.Interface.Amnezia = unlessZero(c, c.IsZero())
	}
	return problems
}

// conflict returns the key and the reason of the first parameter that is invalid on a
// device with the parameters have after the change c, or "".
func conflict(have wgtypes.Amnezia, c wgtypes.AmneziaConfig) (name, reason string) {
	fe, ok := errors.AsType[*wgtypes.FieldError](wginternal.MergeAmnezia(&have, c).Validate())
	if !ok {
		return "", ""
	}
	reason = fe.Reason
	if strings.HasPrefix(reason, "invalid ") { // with the value, which a Problem has
		_, reason, _ = strings.Cut(reason, ": ")
	}
	return strings.TrimPrefix(fe.Field, "Amnezia."), reason
}

// compatibleWith returns parameters of a device to which the change c can be applied, if
// there are any.
func compatibleWith(c wgtypes.AmneziaConfig) wgtypes.Amnezia {
	a := wgtypes.DefaultAmnezia()
	a.Jmax = math.MaxUint16
	a.S1, a.S2, a.S3, a.S4 = math.MaxUint16, math.MaxUint16, math.MaxUint16, math.MaxUint16
	used := []*wgtypes.Range{c.H1, c.H2, c.H3, c.H4}
	for i, h := range []*wgtypes.Range{&a.H1, &a.H2, &a.H3, &a.H4} {
		if used[i] == nil {
			*h = unusedNumber(used)
			used[i] = h
		}
	}
	return a
}

// unusedNumber returns the smallest number from 1 that is in none of the ranges. It
// returns 0 if they contain all.
func unusedNumber(used []*wgtypes.Range) wgtypes.Range {
	n := wgtypes.Range{Lo: 1, Hi: 1}
	for i := 0; i < len(used); i++ {
		r := used[i]
		switch {
		case r == nil || !r.Overlaps(n):
		case r.Hi == math.MaxUint32:
			return wgtypes.Range{}
		default:
			n = wgtypes.Range{Lo: r.Hi + 1, Hi: r.Hi + 1}
			i = -1 // n may be in an earlier range
		}
	}
	return n
}

// checkDefaults finds a parameter of AmneziaWG that is invalid on a device that has the
// defaults otherwise.
func (c *checker) checkDefaults() {
	if c.settings.Interface.Amnezia == nil {
		return
	}
	set := *c.settings.Interface.Amnezia
	name, reason := conflict(wgtypes.DefaultAmnezia(), set)
	if reason == "" || c.invalid[c.parameters[name].number] {
		return
	}
	if _, ok := c.parameters[name]; !ok {
		name, reason = causeOf(name, set), name+": "+reason
	}
	p := c.parameters.problem(name, "a new device rejects it: "+reason)
	p.File, p.Warning = c.name, true
	c.add(p)
}

// causeOf returns the key of the parameter in set without which the parameter with the
// name, which is not in set, is valid on a device with the defaults.
func causeOf(name string, set wgtypes.AmneziaConfig) string {
	keys := amneziaKeys()
	for i := range keys {
		cause := keys[i].name
		if invalid, _ := conflict(wgtypes.DefaultAmnezia(), withoutParameter(set, cause)); invalid != name {
			return cause
		}
	}
	return ""
}
