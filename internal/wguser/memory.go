package wguser

import (
	"io/fs"
	"os"
	"sync"
)

// traits are what was found out about a daemon by asking it.
type traits struct {
	sort sort
	// cannotRemove says that it refused to remove a single allowed IP.
	cannotRemove bool
}

// sort is the implementation, as far as it matters here.
type sort uint8

const (
	sortUnknown   sort = iota
	sortStandard       // it does what the protocol says
	sortBoringtun      // see rebuild
)

// memory keeps the traits of daemons, so that each is asked once. A socket that
// is another file, or was made anew, is another daemon's.
type memory struct {
	mu   sync.Mutex
	seen map[string]acquaintance
}

type acquaintance struct {
	info   fs.FileInfo
	traits traits
}

func newMemory() *memory { return &memory{seen: make(map[string]acquaintance)} }

func (m *memory) recall(path string, info fs.FileInfo) traits {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.seen[path]; ok && same(a.info, info) {
		return a.traits
	}
	return traits{}
}

func (m *memory) note(path string, info fs.FileInfo, t traits) {
	// Names may be made up without end; asking again costs little.
	const most = 1024
	if info == nil {
		return // there is no telling when it is another daemon
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.seen) >= most {
		clear(m.seen)
	}
	m.seen[path] = acquaintance{info, t}
}

func same(a, b fs.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime())
}
