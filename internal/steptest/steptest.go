// Package steptest makes something happen at each step of what is tested in turn:
// its end, or a failure. Only tests import it.
package steptest

import "sync"

// Counter counts steps, from any goroutine.
type Counter struct {
	mu    sync.Mutex
	taken int
	at    int
	do    func()
}

// New returns a Counter for which nothing happens at any step.
func New() *Counter { return &Counter{at: -1} }

// Arm begins to count anew. At step at, of which 0 is the first and -1 none, do
// is called, unless it is nil.
func (c *Counter) Arm(at int, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken, c.at, c.do = 0, at, do
}

// Step takes a step, and reports whether it is the one.
func (c *Counter) Step() bool {
	c.mu.Lock()
	here, do := c.taken == c.at, c.do
	c.taken++
	c.mu.Unlock()
	if here && do != nil {
		do()
	}
	return here
}

// Reached reports whether the step was taken.
func (c *Counter) Reached() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken > c.at
}
