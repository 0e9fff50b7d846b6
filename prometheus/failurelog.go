package wgprom

import (
	"log/slog"
	"sync"
)

// failureLog logs what begins to fail and what no longer does, not each scrape.
type failureLog struct {
	logger *slog.Logger

	mu    sync.Mutex
	known map[place]string // with their reasons
}

func newFailureLog(l *slog.Logger) *failureLog { return &failureLog{logger: l} }

// note compares what failed in a scrape with what is known to fail.
func (l *failureLog) note(failed map[place]error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := make(map[place]string, len(failed))
	for p, err := range failed {
		now[p] = reason(err)
		if l.known[p] != now[p] {
			l.logger.Warn("cannot read", append(p.attrs(), "reason", now[p], "error", err)...)
		}
	}
	for p := range l.known {
		if failed[p] == nil {
			l.logger.Info("no longer fails", p.attrs()...)
		}
	}
	l.known = now
}

func (p place) attrs() []any {
	if p.device == "" {
		return []any{"list", p.kind.String()}
	}
	return []any{"device", p.device, "kind", p.kind.String()}
}
