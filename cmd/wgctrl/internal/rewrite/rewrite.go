// Package rewrite replaces the content of files that hold secrets.
package rewrite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// ErrChanged is the error for a file that another program has changed.
var ErrChanged = errors.New("changed by another program meanwhile")

// File replaces old, the content of the file at path, by text. After an error
// the file has its old content; after a crash it has the old or the new content,
// never a part. File follows symbolic links. So that nobody gains access, it keeps
// the owner and the mode, on Linux also the access control list and the extended
// attributes, and on Windows the access control list.
//
// The error wraps ErrChanged if the file has another content than old. Files that
// are not regular, that have several names (hard links), that the caller cannot
// write or whose attributes cannot be kept are errors. Ctrl-C, SIGTERM, SIGHUP and
// the end of ctx make File fail; no file with a part of the text stays behind.
func File(ctx context.Context, path string, old, text []byte) error {
	return FileAfter(ctx, path, old, text, func() error { return nil })
}

// FileAfter is like File, but calls do when only the last step is left: giving the
// new file its name. If do fails, FileAfter returns its error, and the file has its
// old content. FileAfter can also fail after do, if that step fails or ctx ends.
func FileAfter(ctx context.Context, path string, old, text []byte, do func() error) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := check(path)
	if err != nil {
		return err
	}
	tmp, remove, err := createTemp(ctx, filepath.Dir(path))
	if err != nil {
		return err
	}
	defer remove()
	// Attributes first: at no time does a file with keys have wider access.
	err = copyAttributes(tmp, path, info)
	if err == nil {
		_, err = tmp.Write(text)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(about(path, err), about(path, tmp.Close())); err != nil {
		return err
	}
	if err := checkUnchanged(path, info, old); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := do(); err != nil {
		return err
	}
	err = os.Rename(tmp.Name(), path)
	if err != nil && ctx.Err() != nil { // which removed the new file
		err = context.Cause(ctx)
	}
	return err
}

// check returns an error unless path is a regular file that the caller can write
// and that has one name.
func check(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if n := linkCount(info); n > 1 {
		return nil, fmt.Errorf("%s has %d hard links, of which only one would change", path, n)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return info, file.Close()
}

// createTemp creates an empty file with mode 0600. remove removes it, and so does
// the end of ctx.
func createTemp(ctx context.Context, dir string) (file *os.File, remove func(), err error) {
	file, err = os.CreateTemp(dir, ".wgctrl-*")
	if err != nil {
		return nil, nil, &fs.PathError{Op: "create a file in", Path: dir, Err: cause(err)}
	}
	unlink := func() { _ = os.Remove(file.Name()) } // after the renaming it does not exist
	cancel := context.AfterFunc(ctx, unlink)
	return file, func() { cancel(); unlink() }, nil
}

// about returns the error of a call on the temporary file as one on the file at path,
// which the user knows.
func about(path string, err error) error {
	if e, ok := err.(*fs.PathError); ok {
		return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
	}
	return err
}

// cause returns the error in a *fs.PathError.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// checkUnchanged returns an error unless the file still is the one that info
// describes and has the content old.
func checkUnchanged(path string, info fs.FileInfo, old []byte) error {
	now, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(info, now) || now.Mode() != info.Mode() {
		return fmt.Errorf("%s: %w", path, ErrChanged)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(text, old) {
		return fmt.Errorf("%s: %w", path, ErrChanged)
	}
	return nil
}
