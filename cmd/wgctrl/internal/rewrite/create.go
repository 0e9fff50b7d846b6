package rewrite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Create creates the file at path with the content text and mode 0600. The file
// appears with its whole content. If it exists, the error wraps fs.ErrExist; with
// replace, Create replaces a regular file. Without replace, the directory must be on a
// file system with hard links.
//
// Create calls do when only the last step is left: giving the file its name. If do
// fails, Create returns its error and creates nothing. Ctrl-C, SIGTERM, SIGHUP and
// the end of ctx make Create fail. It leaves no other file behind.
func Create(ctx context.Context, path string, text []byte, replace bool, do func() error) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := CheckFree(path, replace); err != nil {
		return err
	}
	tmp, remove, err := createTemp(ctx, filepath.Dir(path))
	if err != nil {
		return err
	}
	defer remove()
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(about(path, err), about(path, tmp.Close())); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := do(); err != nil {
		return err
	}
	if replace {
		err = os.Rename(tmp.Name(), path)
	} else if err = os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		err = CheckFree(path, replace) // with a better text
	}
	if err != nil && ctx.Err() != nil { // which removed the new file
		err = context.Cause(ctx)
	}
	return err
}

// CheckFree returns an error if a file with the path exists that Create does not
// replace. Without replace, it wraps fs.ErrExist.
func CheckFree(path string, replace bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !replace:
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	case !info.Mode().IsRegular(): // such as /dev/stdout
		return fmt.Errorf("%s is not a regular file", path)
	}
	return nil
}
