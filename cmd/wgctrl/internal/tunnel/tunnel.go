// Package tunnel makes the tunnels of package quick from configuration files.
package tunnel

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
)

// Suffix ends the names of configuration files.
const Suffix = ".conf"

// Name returns the name of the interface that a path describes: that of the file, also
// if it is a symbolic link, without the suffix. It returns false if the path has none.
func Name(path string) (name string, ok bool) {
	name, ok = strings.CutSuffix(filepath.Base(path), Suffix)
	return name, ok && name != ""
}

// Target returns the absolute path without symbolic links. If the file does not exist,
// it returns the path.
func Target(path string) string {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path
	}
	if absolute, err := filepath.Abs(target); err == nil {
		return absolute
	}
	return target
}

// Parse returns the tunnel with a name that the file at a path, with this text,
// describes. The error joins the problems of the file: for quick.VerbDown only those that
// Down depends on, so that an interface can be removed whose file has become invalid.
func Parse(name, path string, text []byte, v quick.Verb, d wgconf.Dialect) (*quick.Tunnel, error) {
	file := wgconf.Parse(path, text)
	settings, err := file.Settings(d)
	if v == quick.VerbDown {
		err = forDown(err)
	}
	if err != nil {
		return nil, err
	}
	return &quick.Tunnel{Name: name, Path: path, File: file, Settings: settings}, nil
}

// forDown returns err, the error of File.Settings, without the problems of lines that
// Down does not use.
func forDown(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var errs []error
	for _, err := range joined.Unwrap() {
		p, ok := errors.AsType[*wgconf.Problem](err)
		if !ok || p.Line == 0 || p.Err == wgconf.ErrOtherFormat || slices.Contains([]string{"PreDown", "PostDown", "SaveConfig"}, p.Key) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
