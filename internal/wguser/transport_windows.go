package wguser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/windows"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

const (
	// pipes is the directory of all named pipes.
	pipes   = `\\.\pipe\`
	suffix  = ""
	maxName = wginternal.MaxNameWindows
)

// names returns the names of the pipes in dir.
func (transport) names(dir string) ([]string, error) {
	return namesIn(pipes, strings.TrimPrefix(dir, pipes)+`\`)
}

// namesIn returns the valid names of devices that follow prefix in the names of the files
// in a directory, whose path ends with a backslash. The directory of all pipes has no
// subdirectories: the names of pipes contain backslashes.
func namesIn(dir, prefix string) ([]string, error) {
	pattern, err := windows.UTF16PtrFromString(dir + "*")
	if err != nil {
		return nil, err
	}
	var data windows.Win32finddata
	h, err := windows.FindFirstFile(pattern, &data)
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: err}
	}
	// An error of closing a search has no consequences.
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

// stat returns nothing: only connecting shows whether a pipe exists.
func (transport) stat(string) (fs.FileInfo, error) { return nil, nil }

// answers returns true: a pipe disappears with its server.
func (transport) answers(context.Context, string) bool { return true }

// dial connects to a named pipe. It does not wait: while all instances of the
// pipe are in use, the error is ERROR_PIPE_BUSY. Unless t is untrusted, a pipe
// that LocalSystem does not own is an fs.ErrPermission.
func (t transport) dial(_ context.Context, path string) (net.Conn, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	// SECURITY_ANONYMOUS: the server cannot impersonate this process.
	const flags = windows.FILE_FLAG_OVERLAPPED | windows.SECURITY_SQOS_PRESENT | windows.SECURITY_ANONYMOUS
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, flags, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	if !t.untrusted {
		if err := checkOwner(h, path); err != nil {
			_ = windows.CloseHandle(h) // nothing was sent
			return nil, err
		}
	}
	f := os.NewFile(uintptr(h), path)
	// SetDeadline fails if reads and writes cannot be interrupted, which NewFile
	// does not report.
	if err := f.SetDeadline(noDeadline); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return pipeConn{f}, nil
}

// checkOwner returns an fs.ErrPermission unless LocalSystem owns the pipe h.
func checkOwner(h windows.Handle, path string) error {
	system, err := windows.CreateWellKnownSid(windows.WinLocalSystemSid)
	if err != nil {
		return err
	}
	sd, err := windows.GetSecurityInfo(h, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return &fs.PathError{Op: "read owner", Path: path, Err: err}
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return &fs.PathError{Op: "read owner", Path: path, Err: err}
	}
	if owner.Equals(system) {
		return nil
	}
	return wginternal.Tag(fs.ErrPermission, fmt.Errorf(
		"%s is owned by %s, want LocalSystem (WithUntrustedSockets skips this check)", path, owner))
}

// trust returns nil: dial has checked the owner.
func (transport) trust(net.Conn, string) error { return nil }

// busy reports whether all instances of a pipe are in use.
func busy(err error) bool { return errors.Is(err, windows.ERROR_PIPE_BUSY) }

// pipeConn is a net.Conn of the client's end of a named pipe.
type pipeConn struct{ file *os.File }

// Read returns io.EOF after the server has closed the pipe or has disconnected from it.
func (c pipeConn) Read(b []byte) (int, error) {
	n, err := c.file.Read(b)
	if errors.Is(err, windows.ERROR_PIPE_NOT_CONNECTED) {
		err = io.EOF
	}
	return n, netClosed(err)
}

func (c pipeConn) Write(b []byte) (int, error) {
	n, err := c.file.Write(b)
	return n, netClosed(err)
}

func (c pipeConn) Close() error                       { return c.file.Close() }
func (c pipeConn) LocalAddr() net.Addr                { return pipeAddr(c.file.Name()) }
func (c pipeConn) RemoteAddr() net.Addr               { return pipeAddr(c.file.Name()) }
func (c pipeConn) SetDeadline(t time.Time) error      { return c.file.SetDeadline(t) }
func (c pipeConn) SetReadDeadline(t time.Time) error  { return c.file.SetReadDeadline(t) }
func (c pipeConn) SetWriteDeadline(t time.Time) error { return c.file.SetWriteDeadline(t) }

// netClosed returns net.ErrClosed where a file returns os.ErrClosed.
func netClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return net.ErrClosed
	}
	return err
}

// pipeAddr is the net.Addr of a named pipe.
type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// isMissing returns false: the names of pipes do not have directories.
func isMissing(string) bool { return false }
