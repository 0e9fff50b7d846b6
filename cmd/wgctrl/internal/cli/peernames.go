package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// errNoFile is the error of a pattern that matches no file.
var errNoFile = errors.New("no file matches")

// peerNames reads the names of peers from the files that match the patterns. It
// returns a function that looks a name up, and the errors of files and patterns.
func peerNames(patterns []string) (func(wgtypes.PublicKey) string, error) {
	names := make(map[wgtypes.PublicKey]string)
	var errs []error
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err == nil && len(paths) == 0 {
			err = errNoFile
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("--names %q: %w", pattern, err))
		}
		for _, path := range paths {
			found, err := namesIn(path)
			if err != nil {
				errs = append(errs, fmt.Errorf("--names: %w", err))
			}
			maps.Copy(names, found)
		}
	}
	return func(key wgtypes.PublicKey) string { return names[key] }, errors.Join(errs...)
}

// namesIn reads the names in a file. It clears the text afterwards, which may
// contain private keys.
func namesIn(path string) (map[wgtypes.PublicKey]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > wgconf.MaxSize {
		return nil, fmt.Errorf("%s: must be a regular file of at most %d MiB", path, wgconf.MaxSize>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return wgconf.Parse(path, text).PeerNames(), nil
}
