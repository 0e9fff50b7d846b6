//go:build unix && !aix && (!solaris || illumos)

package rewrite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Lock locks the file or directory at path against other callers of Lock. It waits
// up to ten seconds for them; after that, the error wraps ErrLocked. unlock unlocks
// it. The end of the process does so, too.
//
// File may replace the file while it is locked. AIX and Solaris have no such locks:
// there Lock succeeds immediately.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, fmt.Errorf("%s: %w", path, ErrLocked))
	defer cancel()
	for {
		if err := checkKind(path); err != nil {
			return nil, err
		}
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil && isAt(file, path) {
			return func() {
				// Close alone does not unlock it while a child that was just forked has
				// the file.
				_ = unix.Flock(int(file.Fd()), unix.LOCK_UN)
				_ = file.Close()
			}, nil
		}
		_ = file.Close() // it was not written
		if err != nil && !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(retry):
		}
	}
}

// checkKind returns an error unless path is a regular file or a directory: opening a
// pipe would block.
func checkKind(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	return err
}

// isAt reports whether path still names the file. The program that held the lock may
// have replaced it.
func isAt(file *os.File, path string) bool {
	have, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(have, now)
}
