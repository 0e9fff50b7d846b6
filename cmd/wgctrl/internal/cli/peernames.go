package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// errNoFile is the error of a pattern that matches no file.
var errNoFile = errors.New("no file matches")

// defaultNames are the files that --names has by default.
var defaultNames = []string{confDir + "/*.conf", amneziaConfDir + "/*.conf"}

// namesFlag is the flag --names: patterns of the files that have the names of peers.
type namesFlag []string

// add adds the flag to cmd.
func (f *namesFlag) add(cmd *cobra.Command) {
	namesVar(cmd.Flags(), (*[]string)(f))
}

// namesVar adds --names to flags.
func namesVar(flags *pflag.FlagSet, patterns *[]string) {
	flags.StringArrayVar(patterns, "names", defaultNames, "files with names of peers, a path or a pattern; can be repeated")
	flags.Lookup("names").DefValue = strings.Join(defaultNames, " and ") // commas do not separate patterns
	nameArgument(flags, "names", "files")
}

// read reads the names. It ignores errors of the default files, which may be missing
// or unreadable.
func (f namesFlag) read(cmd *cobra.Command) (fileNames, error) {
	names, err := readNames(f)
	if err != nil && cmd.Flags().Changed("names") {
		return names, err
	}
	return names, nil
}

// fileNames are the names of peers in files.
type fileNames struct {
	all    map[wgtypes.PublicKey]string
	byFile map[string]map[wgtypes.PublicKey]string // by the file's name without directory and ".conf"
}

// of returns the name of a peer of a device, or "". The file that is named after the
// device takes precedence.
func (n fileNames) of(device string, key wgtypes.PublicKey) string {
	return cmp.Or(n.byFile[device][key], n.all[key])
}

// readNames reads the names of peers from the files that match the patterns. It
// returns them with the errors of files and patterns.
func readNames(patterns []string) (fileNames, error) {
	names := fileNames{all: make(map[wgtypes.PublicKey]string), byFile: make(map[string]map[wgtypes.PublicKey]string)}
	var errs []error
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		if err == nil && len(paths) == 0 {
			err = noMatch(pattern)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("--names %q: %w", pattern, err))
		}
		for _, path := range paths {
			found, err := namesIn(path)
			if err != nil {
				errs = append(errs, fmt.Errorf("--names: %w", err))
				continue
			}
			maps.Copy(names.all, found)
			device := strings.TrimSuffix(filepath.Base(path), ".conf")
			maps.Copy(found, names.byFile[device]) // the first file with this name wins
			names.byFile[device] = found
		}
	}
	return names, errors.Join(errs...)
}

// noMatch returns why no file matches a pattern: filepath.Glob ignores a directory that
// it cannot read.
func noMatch(pattern string) error {
	if _, err := os.ReadDir(filepath.Dir(pattern)); errors.Is(err, fs.ErrPermission) {
		return err
	}
	return errNoFile
}

// peerNames is readNames with a function that looks up a name without a device.
func peerNames(patterns []string) (func(wgtypes.PublicKey) string, error) {
	names, err := readNames(patterns)
	return func(key wgtypes.PublicKey) string { return names.all[key] }, err
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
