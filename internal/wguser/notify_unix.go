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

// settle is how long after a change everything is looked at once more: a daemon
// makes its socket first, and then listens on it. And a directory that is
// removed may be told of late, as long as a daemon holds on to it.
const settle = 100 * time.Millisecond

// Notify watches the directories of the sockets.
//
// NB: where the system has kqueue, nothing tells that the last socket of a
// directory has gone.
func (s *sockets) Notify(ctx context.Context, changed func()) error {
	if len(s.dirs) == 0 {
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = newDirectories(w, s.dirs).notify(ctx, changed)
		_ = w.Close() // nothing more is wanted of it
		for range w.Events {
			// Its goroutine closes the channel when it ends.
		}
	}
	if err != nil {
		return fmt.Errorf("notifications of directories: %w", err)
	}
	return nil
}

// directories are watched, or in place of one that does not exist or may not
// be read the nearest parent that does and may.
type directories struct {
	watcher *fsnotify.Watcher
	dirs    []string
	watched map[string]bool
}

func newDirectories(w *fsnotify.Watcher, dirs []string) *directories {
	d := &directories{watcher: w}
	for _, dir := range dirs {
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs // so that it has parents
		}
		d.dirs = append(d.dirs, filepath.Clean(dir))
	}
	return d
}

// notify watches until ctx ends.
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

// concerns reports whether e is about a socket, or about the way to one.
func (d *directories) concerns(e fsnotify.Event) bool {
	if e.Op == fsnotify.Write {
		return false
	}
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

// watch watches what exists now. Watching again what is watched does no harm,
// and is needed where it was removed and made again.
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
			_ = d.watcher.Remove(dir) // it may have gone by itself
		}
	}
	d.watched = watched
	return nil
}

// watchNearest watches dir or its nearest parent, until there is none nearer:
// one may come before its parent is watched.
func (d *directories) watchNearest(dir string) (at string, err error) {
	at, err = d.nearest(dir)
	for before := ""; err == nil && at != dir && at != before; {
		before = at
		at, err = d.nearest(dir)
	}
	return at, err
}

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

// unreachable reports that a directory does not exist, or not for us.
func unreachable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR)
}
