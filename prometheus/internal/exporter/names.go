package exporter

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// nameFiles has the names of peers in configuration files, as of the last refresh.
type nameFiles struct {
	patterns []string
	logger   *slog.Logger

	mu     sync.Mutex
	stamps []stamp
	names  map[wgtypes.PublicKey]string
}

// stamp is the state of a file that shows whether it has changed.
type stamp struct {
	path string
	time time.Time
	size int64
	mode fs.FileMode
}

// of returns the name of a peer, or "" if it has none.
func (n *nameFiles) of(key wgtypes.PublicKey) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.names[key]
}

// refresh reads the files if one was changed, added or removed. It logs files that
// cannot be read. It keeps only the names, since the files have private keys.
func (n *nameFiles) refresh() {
	if len(n.patterns) == 0 {
		return
	}
	stamps := n.find()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.names != nil && slices.Equal(stamps, n.stamps) {
		return
	}
	n.stamps, n.names = stamps, make(map[wgtypes.PublicKey]string)
	for _, s := range stamps {
		text, err := readBounded(s)
		if err != nil {
			n.logger.Warn("cannot read names of peers", "error", err)
			continue
		}
		maps.Copy(n.names, wgconf.Parse(s.path, text).PeerNames())
	}
	n.logger.Info("read names of peers", "files", len(stamps), "names", len(n.names))
}

// find returns the files that match the patterns. It also returns paths without a
// pattern, even if no file exists.
func (n *nameFiles) find() []stamp {
	var all []stamp
	for _, pattern := range n.patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 && !isPattern(pattern) {
			paths = []string{pattern}
		}
		for _, path := range paths {
			s := stamp{path: path}
			if info, err := os.Stat(path); err == nil {
				s.time, s.size, s.mode = info.ModTime(), info.Size(), info.Mode()
			}
			all = append(all, s)
		}
	}
	return all
}

// isPattern reports whether s is a pattern for filepath.Glob.
func isPattern(s string) bool { return strings.ContainsAny(s, `*?[`) }

func readBounded(s stamp) ([]byte, error) {
	if s.mode != 0 && !s.mode.IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: s.path, Err: errors.New("not a regular file")}
	}
	if s.size > wgconf.MaxSize {
		return nil, &fs.PathError{Op: "read", Path: s.path, Err: fmt.Errorf("file has %d bytes, want at most %d", s.size, wgconf.MaxSize)}
	}
	return os.ReadFile(s.path)
}
