package wguser

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
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
	// hangsUp is set after the daemon has closed the connection instead of removing
	// a single allowed IP.
	hangsUp bool
}

// implementation is a group of daemons that are configured in the same way.
type implementation uint8

const (
	unknown   implementation = iota
	standard                 // behaves as the protocol says
	boringtun                // see configureBoringtun
	gotatun                  // see configureGotaTun
)

// Names of daemons in errors.
const (
	nameBoringtun = "boringtun"
	nameGotaTun   = "GotaTun"
)

// candidates are the implementations other than standard that a get reply does not
// exclude.
type candidates struct{ boringtun, gotatun bool }

// implementationOf returns the implementation that the beginning of a get reply
// shows, or unknown and the candidates. hasPort reports whether the reply has a
// listen_port, which GotaTun always sends.
//
// boringtun sends own_public_key if it has a key, and cannot have peers without one.
// wireguard-go sends the protocol_version of each peer. wireguard-rs and GotaTun do
// not.
func implementationOf(dec *uapi.Decoder, dev *wgtypes.Device, hasPort bool) (implementation, candidates, error) {
	hasKey := !dev.PrivateKey.IsZero()
	switch {
	case dec.Boringtun():
		return boringtun, candidates{}, nil
	case hasKey && !hasPort:
		return standard, candidates{}, nil
	}
	var first wgtypes.Peer
	c := candidates{gotatun: hasPort}
	switch err := dec.Next(&first); err {
	case nil:
		c.gotatun = c.gotatun && first.ProtocolVersion == 0
	case io.EOF:
		c.boringtun = !hasKey
	default:
		return unknown, candidates{}, err
	}
	if c == (candidates{}) {
		return standard, c, nil
	}
	return unknown, c, nil
}

// portReader is a reply that notes whether the text that was read so far has a
// listen_port. The Decoder returns port 0 in both cases.
type portReader struct {
	reply
	matched int  // bytes of portKey at the end of the text
	found   bool // the text has portKey
}

const portKey = "listen_port="

func (r *portReader) Read(b []byte) (int, error) {
	n, err := r.reply.Read(b)
	for _, c := range b[:n] {
		if r.found {
			break
		}
		if c != portKey[r.matched] {
			r.matched = 0 // the first byte of portKey is not repeated in it
		}
		if c == portKey[r.matched] {
			r.matched++
		}
		r.found = r.matched == len(portKey)
	}
	return n, err
}

// isBoringtun sends an invalid request, which changes nothing. boringtun answers
// EIO, wireguard-go and GotaTun close the connection, and wireguard-rs answers
// EINVAL.
func (s *socket) isBoringtun(ctx context.Context) (bool, error) {
	answer, err := s.ask(ctx, "sort=1\n\n")
	refusal, ok := errors.AsType[*uapi.DeviceError](answer)
	return ok && refusal.Errno == errno.EIO, err
}

// isGotaTun sends a request that changes nothing. Only GotaTun has the key
// protocol_version for the device. wireguard-go and boringtun answer EINVAL, and
// wireguard-rs answers EPROTO.
func (s *socket) isGotaTun(ctx context.Context) (is, certain bool, err error) {
	answer, err := s.ask(ctx, "set=1\nprotocol_version=1\n\n")
	if err != nil {
		return false, false, err
	}
	_, refused := errors.AsType[*uapi.DeviceError](answer)
	return answer == nil, answer == nil || refused, nil
}

// ask sends a question about the implementation. answer is nil for errno 0. err means
// that the question could not be asked.
func (s *socket) ask(ctx context.Context, question string) (answer, err error) {
	// A daemon that waits for more has not understood the question.
	const patience = time.Second
	c, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, answer = c.exchange(bounded, slices.Values([][]byte{[]byte(question)}))
	if ctx.Err() != nil || errors.Is(answer, net.ErrClosed) {
		return nil, contextError(ctx, answer)
	}
	return answer, nil
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
