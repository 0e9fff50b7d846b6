package top

import (
	"math"
	"time"
)

// pace counts the readings of a device, of which only those are told that found
// something new. So the moments of a history are a reading apart, and readings
// that come a little early or late make no gaps in it.
type pace struct {
	count int       // of the last reading that is known
	at    time.Time // its time
	span  time.Duration
	since time.Time // of a pause that the next reading ends; zero for none
}

// begin is the first reading.
func (p *pace) begin(at time.Time) {
	if p.at.IsZero() {
		p.at = at
	}
}

// pause says that since then there has been no reading.
func (p *pace) pause(since time.Time) { p.since = since }

// read is a reading at a time. Several events may tell of one.
func (p *pace) read(at time.Time, interval time.Duration) {
	p.begin(at)
	passed := at.Sub(p.at)
	switch {
	case passed == 0:
		return
	case passed < 0: // the clock was set back
		passed, p.since = interval, time.Time{}
	}
	steps := max(1, int(math.Round(float64(passed)/float64(interval))))
	// What the last readings would have told of is not part of the span.
	switch {
	case !p.since.IsZero():
		p.span = max(interval, at.Sub(p.since))
	case steps == 1:
		p.span = passed
	default:
		p.span = interval
	}
	p.count, p.at, p.since = p.count+steps, at, time.Time{}
}

// now returns the count of the last reading, told or not, before a time. One
// that is half an interval late is not missed yet.
func (p *pace) now(at time.Time, interval time.Duration) int {
	return p.count + max(0, int(float64(at.Sub(p.at))/float64(interval)-0.5))
}
