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
}

// begin is the first reading.
func (p *pace) begin(at time.Time) {
	if p.at.IsZero() {
		p.at = at
	}
}

// resume is the first reading after those that failed since a time, over which
// what it finds is spread.
func (p *pace) resume(at, since time.Time, interval time.Duration) {
	p.read(at, interval)
	p.span = max(interval, at.Sub(since))
}

// read is a reading at a time. Several events may tell of one.
func (p *pace) read(at time.Time, interval time.Duration) {
	p.begin(at)
	passed := at.Sub(p.at)
	switch {
	case passed == 0:
		return
	case passed < 0: // the clock was set back
		passed = interval
	}
	steps := max(1, int(math.Round(float64(passed)/float64(interval))))
	p.span = passed
	if steps > 1 { // what the last readings would have told of is not part of it
		p.span = interval
	}
	p.count, p.at = p.count+steps, at
}

// now returns the count of the last reading, told or not, before a time. One
// that is half an interval late is not missed yet.
func (p *pace) now(at time.Time, interval time.Duration) int {
	return p.count + max(0, int(float64(at.Sub(p.at))/float64(interval)-0.5))
}
