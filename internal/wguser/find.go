package wguser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config configures the Backend that New returns.
type Config struct {
	// Kind is KindUserspace, which zero means, too, or KindAmneziaUserspace.
	Kind wgtypes.Kind
	// Dirs are the directories of the sockets. They are searched in this order.
	// nil means uapinet.SocketDir or, for KindAmneziaUserspace, uapinet.AmneziaSocketDir.
	// On Windows Dirs is ignored: named pipes are searched under the prefix where only
	// Administrators can make them.
	Dirs []string
	// Untrusted allows secrets to be sent to daemons that other users may have
	// started.
	Untrusted bool
	// ReplyTimeout is how long a daemon may make no progress while it is being
	// asked, that is, neither send nor read a byte. Then the operation fails with
	// an error that wraps os.ErrDeadlineExceeded. Zero means 5 s; a negative value
	// means no timeout.
	ReplyTimeout time.Duration
}

// defaultReplyTimeout is the ReplyTimeout of the zero Config.
const defaultReplyTimeout = 5 * time.Second

// New returns the Backend of the daemons that listen on sockets. It needs no
// privilege and does no I/O.
func New(c Config) *Backend {
	c.Kind = cmp.Or(c.Kind, wgtypes.KindUserspace)
	if c.ReplyTimeout == 0 {
		c.ReplyTimeout = defaultReplyTimeout
	}
	life := newLifetime()
	s := &sockets{
		dirs: searched(c.Dirs, c.Kind, runtime.GOOS), transport: transport{untrusted: c.Untrusted}, replyTimeout: c.ReplyTimeout,
		life: life, streams: newStreams(), traits: newTraitsCache(), interfaces: net.Interfaces,
	}
	return &Backend{kind: c.Kind, maxName: maxName, life: life, finder: s}
}

// searched returns the directories to search for a Config with dirs and kind.
func searched(dirs []string, kind wgtypes.Kind, goos string) []string {
	switch {
	case dirs != nil && goos != "windows":
		return dirs
	case kind == wgtypes.KindAmneziaUserspace:
		return []string{uapinet.AmneziaSocketDir}
	}
	return []string{uapinet.SocketDir}
}

// sockets finds daemons that listen on sockets.
type sockets struct {
	dirs         []string
	transport    transport
	replyTimeout time.Duration // negative for none
	life         *lifetime
	streams      *streams
	traits       *traitsCache
	interfaces   func() ([]net.Interface, error) // of the current network namespace
}

// transport implements what differs between Unix sockets and named pipes, in
// transport_unix.go and transport_windows.go.
type transport struct{ untrusted bool }

func (s *sockets) absent() bool {
	for _, dir := range s.dirs {
		if !isMissing(dir) {
			return false
		}
	}
	return true
}

// list returns the names of the interfaces. On macOS it does not return wg-quick
// names.
func (s *sockets) list(ctx context.Context) ([]string, error) {
	var names []string
	var errs []error
	seen := make(map[string]bool)
	for _, dir := range s.dirs {
		found, err := s.transport.names(dir)
		if err != nil {
			errs = append(errs, err)
		}
		for _, name := range found {
			if err := ctx.Err(); err != nil {
				return names, err
			}
			if !seen[name] && s.transport.answers(ctx, socketPath(dir, name)) {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names, joinErrors(errs)
}

// find returns the first device with the name. If no directory has one, it returns
// the errors of the directories that could not be searched, or else an
// fs.ErrNotExist that lists what it has looked at.
func (s *sockets) find(ctx context.Context, name string) (daemon, error) {
	var looked []string
	var denied []error
	for _, dir := range s.dirs {
		d, why, err := s.findIn(ctx, dir, name)
		if d != nil {
			return d, nil
		}
		if err != nil {
			denied = append(denied, err)
		}
		looked = append(looked, why)
	}
	if len(denied) > 0 {
		return nil, joinErrors(denied)
	}
	if len(looked) == 0 {
		looked = []string{"no directory"}
	}
	return nil, notExist(fmt.Errorf("no userspace device %q: looked at %s", name, strings.Join(looked, ", ")))
}

// joinErrors returns an error that wraps errs and has a text of one line.
func joinErrors(errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return &joinedErrors{errs}
}

type joinedErrors struct{ errs []error }

func (j *joinedErrors) Error() string {
	texts := make([]string, len(j.errs))
	for i, err := range j.errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (j *joinedErrors) Unwrap() []error { return j.errs }

// findIn searches one directory. Without a device, looked is the path that it tried
// and, if known, why it is unusable; err is set if the path could not be examined.
func (s *sockets) findIn(ctx context.Context, dir, name string) (d *socket, looked string, err error) {
	path := socketPath(dir, name)
	info, err := s.transport.stat(path)
	if errors.Is(err, fs.ErrNotExist) && runtime.GOOS == "darwin" {
		if real, ok := aliased(os.DirFS(dir), name); ok {
			name, path = real, socketPath(dir, real)
			info, err = s.transport.stat(path)
		}
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, path, nil
		}
		return nil, path, err
	}
	d = &socket{sockets: s, device: name, path: path, info: info}
	d.held, err = d.connect(ctx)
	switch {
	case err == nil:
		return d, path, nil
	case ctx.Err() != nil, errors.Is(err, errTooLong):
		return nil, path, err
	case refused(err):
		return nil, path + " (no daemon listens on it)", nil
	case errors.Is(err, fs.ErrNotExist): // the only sign that a named pipe is missing
		return nil, path, nil
	}
	// The device exists. Its operations return the error.
	return d, path, nil
}

// refused reports whether err means that no daemon listens on the socket. On the
// BSDs it is also true if the daemon's queue of connections is full.
func refused(err error) bool { return errors.Is(err, errno.ECONNREFUSED) }

// errTooLong is the error for a path that is too long to connect to.
var errTooLong = errors.New("the path is too long for a socket")

// socketPath returns the path of the socket of an interface.
func socketPath(dir, name string) string { return filepath.Join(dir, name+suffix) }

// aliased returns the interface that has the alias name in dir.
//
// On macOS the system chooses the names of interfaces: utun0, utun1 and so on.
// wg-quick stores the name that it was given in a file: NAME.name contains utunN.
// Such a file can outlive its interface. It is valid only if it is as old as
// utunN.sock, to two seconds, which wg-quick checks as well.
func aliased(dir fs.FS, name string) (real string, ok bool) {
	const file, socket = ".name", ".sock"
	const longest = wginternal.MaxNameUnix + len("\n")
	alias, err := fs.Stat(dir, name+file)
	if err != nil || !alias.Mode().IsRegular() || alias.Size() > int64(longest) {
		return "", false
	}
	text, err := fs.ReadFile(dir, name+file)
	if err != nil {
		return "", false
	}
	real = strings.TrimSuffix(string(text), "\n")
	if wginternal.CheckName(real, wginternal.MaxNameUnix) != nil || real == name {
		return "", false
	}
	target, err := fs.Stat(dir, real+socket)
	if err != nil {
		return "", false
	}
	const tolerance = 2 * time.Second
	age := target.ModTime().Sub(alias.ModTime()).Abs()
	return real, age <= tolerance
}
