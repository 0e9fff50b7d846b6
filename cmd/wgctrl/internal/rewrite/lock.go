package rewrite

import (
	"errors"
	"time"
)

// ErrLocked is the error for a file that another program keeps locked.
var ErrLocked = errors.New("locked by another program")

const (
	// maxWait is how long Lock waits.
	maxWait = 10 * time.Second
	// retry is the time between two attempts.
	retry = 20 * time.Millisecond
)
