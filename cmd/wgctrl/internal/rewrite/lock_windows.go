package rewrite

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// Lock locks the file or directory at path against other callers of Lock. It waits
// up to ten seconds for them; after that, the error wraps ErrLocked. unlock unlocks
// it; the same goroutine must call it. The end of the process unlocks it, too.
//
// Windows does not replace open files, so the lock is a mutex named after the path.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(strings.ToLower(real)))
	name, err := windows.UTF16PtrFromString(fmt.Sprintf(`Global\wgctrl-%x`, sum))
	if err != nil {
		return nil, err
	}
	mutex, err := windows.CreateMutex(nil, false, name)
	if err != nil && !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	runtime.LockOSThread() // which owns the mutex
	if err := wait(ctx, mutex, path); err != nil {
		runtime.UnlockOSThread()
		return nil, errors.Join(err, windows.CloseHandle(mutex))
	}
	return func() {
		_ = windows.ReleaseMutex(mutex)
		_ = windows.CloseHandle(mutex)
		runtime.UnlockOSThread()
	}, nil
}

// wait waits until the thread owns the mutex.
func wait(ctx context.Context, mutex windows.Handle, path string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxWait, fmt.Errorf("%s: %w", path, ErrLocked))
	defer cancel()
	for {
		event, err := windows.WaitForSingleObject(mutex, uint32(retry/time.Millisecond))
		switch {
		case err != nil:
			return fmt.Errorf("lock %s: %w", path, err)
		case event == windows.WAIT_OBJECT_0, event == windows.WAIT_ABANDONED:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
	}
}
