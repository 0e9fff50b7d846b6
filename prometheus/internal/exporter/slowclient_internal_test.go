package exporter

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
)

// slowReader is a client that does not read its answer before released is closed.
type slowReader struct {
	*httptest.ResponseRecorder
	writing  chan<- struct{}
	released <-chan struct{}
}

func (s slowReader) Write(b []byte) (int, error) {
	s.writing <- struct{}{}
	<-s.released
	return s.ResponseRecorder.Write(b)
}

// pagesWithoutDevices returns pages whose scrapes find no device.
func pagesWithoutDevices(t testing.TB) *pages {
	t.Helper()
	c, err := wgctrl.New(wgctrl.WithSocketDirs(t.TempDir()), wgctrl.WithBackends())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	p, err := newPages("/metrics", wgprom.New(c, wgprom.Options{}), &nameFiles{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newScrape() *http.Request { return httptest.NewRequest(http.MethodGet, "/metrics", nil) }

// TestSlowReaders checks that clients that do not read their answers do not occupy
// the concurrent scrapes.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	p := pagesWithoutDevices(t)
	const slow = 2 * maxScrapes
	writing, released := make(chan struct{}), make(chan struct{})
	var clients sync.WaitGroup
	for range slow {
		s := slowReader{httptest.NewRecorder(), writing, released}
		clients.Go(func() {
			p.ServeHTTP(s, newScrape())
			if s.Code != http.StatusOK || !strings.Contains(s.Body.String(), "wireguard_scrape_success") {
				t.Errorf("a slow client got status %d, want 200 and metrics:\n%s", s.Code, s.Body)
			}
		})
		<-writing // its scrape has ended
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, newScrape())
	if w.Code != http.StatusOK {
		t.Errorf("GET /metrics next to %d slow clients has status %d, want 200:\n%s", slow, w.Code, w.Body)
	}
	close(released)
	clients.Wait()
	if n := p.unread.Load(); n != 0 {
		t.Errorf("%d bytes are unread after all clients have read, want 0", n)
	}
}

// TestUnreadLimit checks that the memory of answers that clients do not read is
// limited.
func TestUnreadLimit(t *testing.T) {
	t.Parallel()
	p := pagesWithoutDevices(t)
	for _, test := range []struct {
		unread int64
		want   int
	}{
		{maxAnswers / 2, http.StatusOK},
		{maxAnswers, http.StatusServiceUnavailable},
	} {
		p.unread.Store(test.unread)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, newScrape())
		if w.Code != test.want {
			t.Errorf("with %d unread bytes GET /metrics has status %d, want %d:\n%s", test.unread, w.Code, test.want, w.Body)
		}
		if n := p.unread.Load(); n != test.unread {
			t.Errorf("after the answer %d bytes are unread, want %d", n, test.unread)
		}
	}
}

// TestReadTimeout checks that a server limits the time for a request with its body.
func TestReadTimeout(t *testing.T) {
	t.Parallel()
	s := &server{logger: slog.New(slog.DiscardHandler), writeTimeout: 3 * readTimeout}
	if got := s.newServer(); got.ReadTimeout != readTimeout || got.WriteTimeout != 3*readTimeout || got.IdleTimeout <= 0 {
		t.Errorf("timeouts are %v, %v, %v; want %v, %v and more than 0",
			got.ReadTimeout, got.WriteTimeout, got.IdleTimeout, readTimeout, 3*readTimeout)
	}
}
