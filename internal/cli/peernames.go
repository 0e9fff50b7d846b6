package cli

import (
	"maps"
	"os"
	"path/filepath"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxNameFile is how large a file with names may be.
const maxNameFile = 64 << 20

// peerNames returns a function that knows the names of peers in files, given by
// patterns. What cannot be read, mostly for want of privilege, has no names.
func peerNames(patterns []string) func(wgtypes.PublicKey) string {
	names := make(map[wgtypes.PublicKey]string)
	for _, pattern := range patterns {
		paths, _ := filepath.Glob(pattern) // a bad pattern matches nothing
		for _, path := range paths {
			maps.Copy(names, namesIn(path))
		}
	}
	return func(key wgtypes.PublicKey) string { return names[key] }
}

// namesIn keeps nothing of a file but names: it holds private keys.
func namesIn(path string) map[wgtypes.PublicKey]string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxNameFile {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	defer clear(text)
	return wgconf.Parse(path, text).PeerNames()
}
