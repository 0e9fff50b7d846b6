package exporter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/prometheus/internal/exporter"
	"github.com/wgctrl/wgctrl/wgtest"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// messages is the standard error of the command, in JSON. It sends the addresses
// that the command listens on to address.
type messages struct {
	mu      sync.Mutex
	text    bytes.Buffer
	address chan string
}

func (m *messages) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var line struct{ Msg, Address string }
	if json.Unmarshal(b, &line) == nil && line.Msg == "Listening on" {
		select {
		case m.address <- line.Address:
		default:
		}
	}
	return m.text.Write(b)
}

func (m *messages) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.String()
}

// running is the command, which runs in this process.
type running struct {
	address string
	stderr  *messages
	stop    func() int // ends it as a signal does, and returns its exit code
}

// start runs the command with a free port until the test ends.
func start(t testing.TB, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{stderr: &messages{address: make(chan string, 10)}}
	ended := make(chan int, 1)
	args = append([]string{"--web.listen-address=127.0.0.1:0", "--log.format=json", "--backend=userspace"}, args...)
	go func() { ended <- exporter.Run(ctx, args, io.Discard, r.stderr) }()
	r.stop = sync.OnceValue(func() int {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		r.stop()
		http.DefaultClient.CloseIdleConnections()
	})
	select {
	case r.address = <-r.stderr.address:
	case code := <-ended:
		ended <- code
		t.Fatalf("the command exited with %d, want it to listen:\n%s", code, r.stderr)
	}
	return r
}

// get returns the answer to a request.
func (r *running) get(t testing.TB, path string) (status int, body string) {
	t.Helper()
	return do(t, http.DefaultClient, http.MethodGet, "http://"+r.address+path)
}

func do(t testing.TB, c *http.Client, method, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, c, request)
}

func answer(t testing.TB, c *http.Client, request *http.Request) (status int, body string) {
	t.Helper()
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// hasLines checks that text has each line of want.
func hasLines(t testing.TB, text string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("the answer lacks the line %s, want it in\n%s", line, text)
		}
	}
}

// write writes a file and returns its path.
func write(t testing.TB, dir, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// hung creates the socket of a daemon that reads requests but does not answer. It
// sends a value for each request.
func hung(t testing.TB) (dir string, requests <-chan struct{}) {
	t.Helper()
	dir = wgtest.SocketDir(t)
	l, err := net.Listen("unix", filepath.Join(dir, "hangs.sock"))
	if err != nil {
		t.Skipf("no sockets: %v", err)
	}
	asked := make(chan struct{}, 1000)
	var serving sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				if n, _ := c.Read(make([]byte, 1)); n > 0 {
					asked <- struct{}{}
				}
				_, _ = io.Copy(io.Discard, c)
			})
		}
	})
	return dir, asked
}

// patience is how long tests wait for something that takes milliseconds.
const patience = 2 * time.Minute
