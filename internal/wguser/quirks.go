package wguser

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// traits are the quirks of a daemon, as its answers have shown them.
type traits struct {
	implementation implementation
	// cannotRemove is set after the daemon has refused to remove a single allowed
	// IP.
	cannotRemove bool
	// levels are those that the daemon can have. Empty means any.
	levels levels
}

// implementation is a group of daemons that are configured in the same way.
type implementation uint8

const (
	unknown   implementation = iota
	standard                 // behaves as the protocol says
	boringtun                // see configureBoringtun
	gotatun                  // see removeFromGotaTun
)

// implementationOf returns the implementation that the beginning of a get reply
// shows. boringtun sends own_public_key if it has a key, and cannot have peers
// without one. The result is unknown if the device has neither key nor peers.
func implementationOf(dec *uapi.Decoder, dev *wgtypes.Device) (implementation, error) {
	switch {
	case dec.Boringtun():
		return boringtun, nil
	case !dev.PrivateKey.IsZero():
		return standard, nil
	}
	switch err := dec.Next(new(wgtypes.Peer)); err {
	case nil:
		return standard, nil
	case io.EOF:
		return unknown, nil
	default:
		return unknown, err
	}
}

// isBoringtun sends an invalid request, which changes nothing. boringtun answers
// EIO, wireguard-go and GotaTun close the connection, and wireguard-rs answers
// EINVAL.
func (s *socket) isBoringtun(ctx context.Context) (bool, error) {
	// A daemon that waits for more is not boringtun.
	const patience = time.Second
	c, err := s.dial(ctx)
	if err != nil {
		return false, err
	}
	defer c.Close()

	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err = c.exchange(bounded, []byte("sort=1\n\n"), nil)
	if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return false, contextError(ctx, err)
	}
	var answer *uapi.DeviceError
	return errors.As(err, &answer) && answer.Errno == errno.EIO, nil
}

// traitsCache keeps the traits of daemons by the path of the socket, so that a
// daemon whose implementation is known is not asked again. If the file or its
// modification time is different, the socket belongs to another daemon.
type traitsCache struct {
	mu      sync.Mutex
	entries map[string]cacheEntry
}

type cacheEntry struct {
	info   fs.FileInfo // of the socket
	traits traits
}

func newTraitsCache() *traitsCache { return &traitsCache{entries: make(map[string]cacheEntry)} }

func (m *traitsCache) recall(path string, info fs.FileInfo) traits {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.entries[path]; ok && sameFile(e.info, info) {
		return e.traits
	}
	return traits{}
}

func (m *traitsCache) note(path string, info fs.FileInfo, t traits) {
	// Callers can ask for any number of names. Asking again costs little.
	const limit = 1024
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.entries) >= limit {
		clear(m.entries)
	}
	m.entries[path] = cacheEntry{info, t}
}

func sameFile(a, b fs.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime())
}
