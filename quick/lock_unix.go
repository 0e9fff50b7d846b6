//go:build unix && !aix && !solaris

package quick

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockInterval is the time between two attempts to get a lock.
const lockInterval = 20 * time.Millisecond

// lock waits until no other process has the lock with this name, and returns a
// function that releases it. The end of the process releases it, too. It creates dir.
// If another process has the lock, it calls onWait.
func lock(ctx context.Context, dir, name string, onWait func()) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	timer := time.NewTicker(lockInterval)
	defer timer.Stop()
	for waiting := false; ; {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() {
				// Close alone does not release it while a child that was just forked has
				// the file.
				unix.Flock(int(f.Fd()), unix.LOCK_UN)
				f.Close()
			}, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		if !waiting {
			waiting = true
			onWait()
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for %s: %w", f.Name(), context.Cause(ctx))
		case <-timer.C:
		}
	}
}
