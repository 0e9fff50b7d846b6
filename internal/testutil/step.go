package testutil

import "sync"

// StepCounter counts the steps of an operation and calls a function at one of
// them. Tests use it to fail or cancel an operation at each of its steps in
// turn. Its methods may be called from several goroutines.
type StepCounter struct {
	mu    sync.Mutex
	taken int
	at    int
	do    func()
}

// NewStepCounter returns a StepCounter that calls nothing.
func NewStepCounter() *StepCounter { return &StepCounter{at: -1} }

// Arm sets the count to 0 and makes Step call do at step number at. The first
// step has number 0; with -1, do is never called. do may be nil.
func (c *StepCounter) Arm(at int, do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken, c.at, c.do = 0, at, do
}

// Step counts a step and reports whether it is the step that Arm chose.
func (c *StepCounter) Step() bool {
	c.mu.Lock()
	here, do := c.taken == c.at, c.do
	c.taken++
	c.mu.Unlock()
	if here && do != nil {
		do()
	}
	return here
}

// Reached reports whether the step that Arm chose was counted.
func (c *StepCounter) Reached() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken > c.at
}
