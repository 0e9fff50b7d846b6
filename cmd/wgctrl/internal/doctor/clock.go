package doctor

import (
	"fmt"
	"time"
)

// clockSlack is how much clocks may differ without a finding.
const clockSlack = 10 * time.Second

// clock reports a clock that is before the date of the program.
func (r *reporter) clock() {
	if r.s.Built.IsZero() || !r.s.Now.Before(r.s.Built) {
		return
	}
	r.add(nil, Finding{ID: ClockBehind, Severity: Error,
		Summary:  "the clock of this system is wrong: it is before the date of this program",
		Evidence: []string{fmt.Sprintf("the clock says %s; wgctrl was built from the sources of %s", date(r.s.Now), date(r.s.Built))},
		Remedy:   "set the clock, for example with NTP: peers ignore handshakes that are older than earlier ones"})
}

// handshakeTimes reports handshakes at times that are only possible if the clock was
// set since.
func (r *reporter) handshakeTimes(d *Device) {
	var evidence []string
	for _, p := range d.Peers {
		at := p.LastHandshake
		switch {
		case at.IsZero():
		case at.After(r.s.Now.Add(clockSlack)):
			evidence = append(evidence, fmt.Sprintf("the last handshake of %s was at %s, in the future of now, %s", p.PublicKey, date(at), date(r.s.Now)))
		case !r.s.Booted.IsZero() && at.Before(r.s.Booted.Add(-clockSlack)):
			evidence = append(evidence, fmt.Sprintf("the last handshake of %s was at %s, before the system started at %s", p.PublicKey, date(at), date(r.s.Booted)))
		}
	}
	if len(evidence) == 0 {
		return
	}
	r.add(d, Finding{ID: ClockJumped, Severity: Warning, Summary: "the clock of this system was set after the last handshake",
		Evidence: shorten(evidence),
		Remedy: "set the clock at boot, for example with NTP, before the tunnel starts. After a clock was set back, peers ignore its " +
			"handshakes until it is later than before: restart the tunnel on the peers"})
}

// date returns a time for people.
func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }
