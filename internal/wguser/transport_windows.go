package wguser

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"

	"golang.org/x/sys/windows"
	"golang.zx2c4.com/wireguard/ipc/namedpipe"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

const (
	// pipes is where named pipes are.
	pipes = `\\.\pipe\`
	// Administrators alone may make pipes in defaultDir.
	defaultDir = pipes + `ProtectedPrefix\Administrators\WireGuard`
	suffix     = ""
	maxName    = wginternal.MaxNameWindows
)

// names returns the names of the pipes in dir, of all that exist.
func (transport) names(dir string) ([]string, error) {
	prefix := strings.TrimPrefix(dir, pipes) + `\`
	pattern, err := windows.UTF16PtrFromString(pipes + "*")
	if err != nil {
		return nil, err
	}
	var data windows.Win32finddata
	h, err := windows.FindFirstFile(pattern, &data)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: pipes, Err: err}
	}
	// Closing a search that has ended loses nothing.
	defer func() { _ = windows.FindClose(h) }()
	var names []string
	for err == nil {
		name, ok := strings.CutPrefix(windows.UTF16ToString(data.FileName[:]), prefix)
		if ok && wginternal.CheckName(name, maxName) == nil {
			names = append(names, name)
		}
		err = windows.FindNextFile(h, &data)
	}
	if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		err = nil
	}
	return names, err
}

// stat knows nothing of pipes: connecting tells whether one exists.
func (transport) stat(string) (fs.FileInfo, error) { return nil, nil }

// answers is true: a pipe ends with its server.
func (transport) answers(context.Context, string) bool { return true }

// dial connects to a pipe of LocalSystem's, or of anybody's if untrusted.
func (t transport) dial(ctx context.Context, path string) (net.Conn, error) {
	var config namedpipe.DialConfig
	if !t.untrusted {
		system, err := windows.CreateWellKnownSid(windows.WinLocalSystemSid)
		if err != nil {
			return nil, err
		}
		config.ExpectedOwner = system
	}
	return config.DialContext(ctx, path)
}

// trust has nothing to add to what dial has checked.
func (transport) trust(net.Conn, string) error { return nil }
