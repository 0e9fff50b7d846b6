package wguser

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/uapi"
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

// beginning is what a get reply shows before the prefixes of its first peer.
type beginning struct {
	key, ownKey bool   // private_key, and what boringtun sends instead
	hasPort     bool   // listen_port, which GotaTun always sends
	port        uint16 // 0 without one
	peer        bool   // a peer
	version     bool   // protocol_version of the peer
}

// implementation returns the implementation that b shows, or unknown and the candidates.
//
// boringtun sends own_public_key if it has a key, and cannot have peers without one.
// wireguard-go sends the protocol_version of each peer. wireguard-rs and GotaTun do
// not.
func (b *beginning) implementation() (implementation, candidates) {
	c := candidates{boringtun: !b.key && !b.peer, gotatun: b.hasPort && !b.version}
	switch {
	case b.ownKey:
		return boringtun, candidates{}
	case b.key && !b.hasPort, c == candidates{}:
		return standard, candidates{}
	}
	return unknown, c
}

// readBeginning reads lines up to the prefixes of the first peer, the next peer or the
// end. Its errors are those of uapi.Decoder.
func readBeginning(r io.Reader) (b beginning, err error) {
	buf := make([]byte, uapi.MaxLine)
	defer clear(buf) // it can contain the key
	lines := bufio.NewScanner(io.LimitReader(r, uapi.MaxReply))
	lines.Buffer(buf, len(buf))
	for ended := false; lines.Scan(); {
		if ended && len(lines.Bytes()) == 0 {
			return b, nil
		}
		key, value, ok := bytes.Cut(lines.Bytes(), []byte{'='})
		if !ok {
			return b, fmt.Errorf("%w: want a line of the form key=value", uapi.ErrProtocol)
		}
		switch string(key) {
		case "private_key":
			b.key = len(bytes.Trim(value, "0")) > 0
		case "own_public_key":
			b.ownKey = true
		case "listen_port":
			port, err := strconv.ParseUint(string(value), 10, 16)
			if err != nil {
				return b, fmt.Errorf("%w: listen_port: want a decimal number up to 65535", uapi.ErrProtocol)
			}
			b.port, b.hasPort = uint16(port), true
		case "protocol_version":
			b.version = b.version || string(value) != "0"
		case "errno":
			if err := uapi.ParseErrno(strings.NewReader("errno=" + string(value) + "\n\n")); err != nil {
				return b, err
			}
			ended = true
		case "public_key", "allowed_ip":
			if b.peer {
				return b, nil
			}
			b.peer = string(key) == "public_key"
		}
	}
	switch err := lines.Err(); err {
	case nil:
		return b, fmt.Errorf("%w: missing errno: %w", uapi.ErrProtocol, io.ErrUnexpectedEOF)
	case bufio.ErrTooLong:
		return b, fmt.Errorf("%w: want at most %d bytes in a line", uapi.ErrProtocol, len(buf))
	default:
		return b, fmt.Errorf("reading the reply: %w", err)
	}
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
