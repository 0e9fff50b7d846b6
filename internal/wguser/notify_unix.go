//go:build unix

package wguser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is the time after an event when changed is called once more. A daemon
// creates its socket before it listens on it, and the event for a removed directory
// can come late while a daemon has it open.
const settle = 100 * time.Millisecond

// Notify watches the directories of the sockets.
//
// Systems with kqueue send no event when the last socket of a directory is removed.
func (s *sockets) Notify(ctx context.Context, changed func()) error {
	if len(s.dirs) == 0 {
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = newDirectories(w, s.dirs).notify(ctx, changed)
		_ = w.Close()
		for range w.Events {
			// The watcher's goroutine closes the channel when it ends.
		}
	}
	if err != nil {
		return fmt.Errorf("watching socket directories: %w", err)
	}
	return nil
}

// directories watches the directories of sockets. If one does not exist or cannot
// be read, it watches the nearest parent that can be.
type directories struct {
	watcher *fsnotify.Watcher
	dirs    []string
	watched map[string]bool
}

func newDirectories(w *fsnotify.Watcher, dirs []string) *directories {
	d := &directories{watcher: w}
	for _, dir := range dirs {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs // a relative path can lack parents
		}
		d.dirs = append(d.dirs, filepath.Clean(dir))
	}
	return d
}

// notify calls changed after each event until ctx ends.
func (d *directories) notify(ctx context.Context, changed func()) error {
	if err := d.watch(); err != nil {
		return err
	}
	changed()
	again := time.NewTimer(settle)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		case e, open := <-d.watcher.Events:
			if !open {
				return fsnotify.ErrClosed
			}
			if !d.concerns(e) {
				continue
			}
			again.Reset(settle)
		case err, open := <-d.watcher.Errors:
			if !open {
				return fsnotify.ErrClosed
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return err
			}
		}
		if err := d.watch(); err != nil {
			return err
		}
		changed()
	}
}

// concerns reports whether e is about a socket, or about a directory on the path to
// one.
func (d *directories) concerns(e fsnotify.Event) bool {
	name := filepath.Clean(e.Name)
	isSocket := strings.HasSuffix(name, suffix)
	for _, dir := range d.dirs {
		if isSocket && filepath.Dir(name) == dir || isWithin(dir, name) {
			return true
		}
	}
	return false
}

// isWithin reports whether path is dir or in it.
func isWithin(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// watch updates the set of watched directories. It adds those again that are
// watched already, because they may have been removed and created again.
func (d *directories) watch() error {
	watched := make(map[string]bool)
	for _, dir := range d.dirs {
		at, err := d.watchNearest(dir)
		if err != nil {
			return err
		}
		watched[at] = true
	}
	for dir := range d.watched {
		if !watched[dir] {
			_ = d.watcher.Remove(dir) // fails if the directory was removed
		}
	}
	d.watched = watched
	return nil
}

// watchNearest watches dir or its nearest parent that can be watched. It repeats
// the search, because a directory may be created before its parent is watched.
func (d *directories) watchNearest(dir string) (at string, err error) {
	at, err = d.nearest(dir)
	for before := ""; err == nil && at != dir && at != before; {
		before = at
		at, err = d.nearest(dir)
	}
	return at, err
}

// nearest watches dir or the first parent that can be watched, and returns which.
func (d *directories) nearest(dir string) (at string, err error) {
	for at = dir; ; at = filepath.Dir(at) {
		err := d.watcher.Add(at)
		if err == nil {
			return at, nil
		}
		if !unreachable(err) || at == filepath.Dir(at) {
			return "", fmt.Errorf("%s: %w", at, err)
		}
	}
}

// unreachable reports whether err means that a directory does not exist or cannot
// be read by the current user.
func unreachable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR)
}
