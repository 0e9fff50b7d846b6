package uapinet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// memoryListener is a listener whose clients call dial. It works in a synctest
// bubble, which has a fake clock.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

func newMemoryListener() *memoryListener {
	l := &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	l.close = sync.OnceFunc(func() { close(l.closed) })
	return l
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error   { l.close(); return nil }
func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{} }

func (l *memoryListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

// model is a device that applies changes with wginternal.Apply.
type model struct {
	mu     sync.Mutex
	device *wgtypes.Device
	err    error         // of every operation
	block  chan struct{} // if not nil, a set operation waits for it
	begun  chan struct{} // if not nil, a set operation has begun
}

func (m *model) IpcGetOperation(w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, _ := bytes.CutSuffix(uapi.AppendDevice(nil, m.device), uapi.AppendErrno(nil, 0))
	_, err := w.Write(text)
	return errors.Join(err, m.err)
}

func (m *model) IpcSetOperation(r io.Reader) error {
	if m.begun != nil {
		m.begun <- struct{}{}
		<-m.block
	}
	c, err := uapi.ParseSet(r)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.device = wginternal.Apply(m.device, c)
	return m.err
}

// serveModel serves m on a fake clock while test runs.
func serveModel(t *testing.T, m *model, test func(t *testing.T, l *memoryListener)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if m.device == nil {
			m.device = &wgtypes.Device{ListenPort: 7}
		}
		l := newMemoryListener()
		served := make(chan error)
		go func() { served <- Serve(l, m) }()
		test(t, l)
		l.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
	})
}

// ask sends a request and returns the reply up to the empty line.
func ask(t *testing.T, c net.Conn, r *bufio.Reader, request string) string {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatalf("writing %q = %v, want nil", request, err)
	}
	return readReply(t, r)
}

func readReply(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var reply strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("reading the reply after %q = %v, want nil", reply.String(), err)
		}
		reply.WriteString(line)
		if line == "\n" {
			return reply.String()
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	serveModel(t, &model{}, func(t *testing.T, l *memoryListener) {
		c := l.dial()
		defer c.Close()
		r := bufio.NewReader(c)
		for _, step := range []struct{ request, want string }{
			{"get=1\n\n", "listen_port=7\nerrno=0\n\n"},
			{"set=1\nlisten_port=8\n\n", "errno=0\n\n"},
			{"get=1\n\n", "listen_port=8\nerrno=0\n\n"},
			{"set=1\n\n", "errno=0\n\n"},
			{"get=1\n\n", "listen_port=8\nerrno=0\n\n"},
		} {
			if got := ask(t, c, r, step.request); got != step.want {
				t.Errorf("reply to %q = %q, want %q", step.request, got, step.want)
			}
		}
	})
}

// TestServePieces sends two requests byte by byte, and then at once.
func TestServePieces(t *testing.T) {
	t.Parallel()
	const requests = "set=1\nfwmark=5\n\nget=1\n\n"
	want := "errno=0\n\nlisten_port=7\nfwmark=5\nerrno=0\n\n"
	for _, piece := range []int{1, len(requests)} {
		serveModel(t, &model{}, func(t *testing.T, l *memoryListener) {
			c := l.dial()
			defer c.Close()
			go func() {
				for text := requests; text != ""; text = text[piece:] {
					time.Sleep(stallTimeout / 2)
					io.WriteString(c, text[:piece])
				}
			}()
			r := bufio.NewReader(c)
			if got := readReply(t, r) + readReply(t, r); got != want {
				t.Errorf("replies to pieces of %d bytes = %q, want %q", piece, got, want)
			}
		})
	}
}

type codeError int64

func (codeError) Error() string      { return "code" }
func (e codeError) ErrorCode() int64 { return int64(e) }

func TestServeErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want string
	}{
		{codeError(-98), "errno=-98\n\n"},
		{errors.Join(errors.New("x"), codeError(-22)), "errno=-22\n\n"},
		{codeError(0), string(uapi.AppendErrno(nil, syscall.EIO))},
		{syscall.EADDRINUSE, string(uapi.AppendErrno(nil, syscall.EADDRINUSE))},
		{errors.New("x"), string(uapi.AppendErrno(nil, syscall.EIO))},
	} {
		serveModel(t, &model{err: test.err}, func(t *testing.T, l *memoryListener) {
			c := l.dial()
			defer c.Close()
			r := bufio.NewReader(c)
			for _, request := range []string{"get=1\n\n", "set=1\n\n"} {
				if got := ask(t, c, r, request); got != test.want {
					t.Errorf("reply to %q when the device returns %v = %q, want %q", request, test.err, got, test.want)
				}
			}
		})
	}
}

// TestServeUnknown checks that Serve closes the connection as soon as the text
// cannot become a request, as wireguard-go does.
func TestServeUnknown(t *testing.T) {
	t.Parallel()
	for _, request := range []string{"x", "\n", "get=2", "set=1\r", "get=1\nx=y\n\n", "sort=1\n\n", "GET / HTTP/1.1\r\n", "\x00"} {
		serveModel(t, &model{}, func(t *testing.T, l *memoryListener) {
			c := l.dial()
			defer c.Close()
			io.WriteString(c, request)
			if reply, err := io.ReadAll(c); err != nil || len(reply) > 0 {
				t.Errorf("reply to %q = %q, %v, want the end of the connection", request, reply, err)
			}
		})
	}
}

// TestServeStalledRequest checks that a client that pauses in the middle of a
// request does not delay others, and that its connection is closed.
func TestServeStalledRequest(t *testing.T) {
	t.Parallel()
	for _, request := range []string{"s", "set=1\n", "set=1\nfwmark=5\n", "set=1\nfwmark=5", "get=1\n"} {
		serveModel(t, &model{}, func(t *testing.T, l *memoryListener) {
			begin := time.Now()
			stalled, other := l.dial(), l.dial()
			defer stalled.Close()
			defer other.Close()
			io.WriteString(stalled, request)
			if got := ask(t, other, bufio.NewReader(other), "set=1\n\n"); got != "errno=0\n\n" {
				t.Errorf("reply to another client = %q, want errno=0", got)
			}
			if took := time.Since(begin); took != 0 {
				t.Errorf("another client waited for %v, want 0", took)
			}
			if reply, err := io.ReadAll(stalled); err != nil || len(reply) > 0 {
				t.Errorf("reply to %q = %q, %v, want the end of the connection", request, reply, err)
			}
			if got := time.Since(begin); got != stallTimeout {
				t.Errorf("connection after %q ended after %v, want %v", request, got, stallTimeout)
			}
		})
	}
}

// TestServeStalledReply checks the same for a client that stops reading in the
// middle of a long reply.
func TestServeStalledReply(t *testing.T) {
	t.Parallel()
	m := &model{device: &wgtypes.Device{}}
	for i := range 10_000 {
		m.device.Peers = append(m.device.Peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{1, byte(i), byte(i >> 8)}})
	}
	serveModel(t, m, func(t *testing.T, l *memoryListener) {
		stalled, other := l.dial(), l.dial()
		defer stalled.Close()
		defer other.Close()
		io.WriteString(stalled, "get=1\n\n")
		io.ReadFull(stalled, make([]byte, 100))
		if got := ask(t, other, bufio.NewReader(other), "set=1\n\n"); got != "errno=0\n\n" {
			t.Errorf("reply to another client = %q, want errno=0", got)
		}
		time.Sleep(stallTimeout + time.Second)
		if rest, err := io.ReadAll(stalled); err != nil || len(rest) > 0 {
			t.Errorf("the rest of the reply = %d bytes, %v, want the end of the connection", len(rest), err)
		}
	})
}

// TestServeSlowClient checks that a client may take longer than stallTimeout for a
// long reply, if it does not pause.
func TestServeSlowClient(t *testing.T) {
	t.Parallel()
	m := &model{device: &wgtypes.Device{}}
	for i := range 10_000 {
		m.device.Peers = append(m.device.Peers, wgtypes.Peer{PublicKey: wgtypes.PublicKey{1, byte(i), byte(i >> 8)}})
	}
	want := string(uapi.AppendDevice(nil, m.device))
	serveModel(t, m, func(t *testing.T, l *memoryListener) {
		c := l.dial()
		defer c.Close()
		io.WriteString(c, "get=1\n\n")
		var got strings.Builder
		for got.Len() < len(want) {
			time.Sleep(stallTimeout / 3)
			if n, err := io.CopyN(&got, c, min(32<<10, int64(len(want)-got.Len()))); err != nil {
				t.Fatalf("reading after %d of %d bytes = %d, %v, want no error", got.Len(), len(want), n, err)
			}
		}
		if got.String() != want {
			t.Errorf("reply of %d bytes differs, want the state of %d bytes", got.Len(), len(want))
		}
	})
}

// TestServeForgetsConnections checks that a server keeps no closed connections.
func TestServeForgetsConnections(t *testing.T) {
	t.Parallel()
	s := &server{handle: func(net.Conn) {}, conns: make(map[net.Conn]struct{})}
	client, conn := net.Pipe()
	defer client.Close()
	s.serve(conn)
	s.running.Wait()
	if len(s.conns) != 0 {
		t.Errorf("connections after handle = %d, want 0", len(s.conns))
	}
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("reading after handle = %v, want %v", err, io.EOF)
	}
}

// TestConversationClears checks that a conversation clears the text of requests and
// replies, at its end and before it waits for the next request.
func TestConversationClears(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, conn := net.Pipe()
		c := newConversation(conn, &model{device: &wgtypes.Device{FirewallMark: 77}})
		go func() {
			defer conn.Close()
			c.run()
		}()
		r := bufio.NewReader(client)
		ask(t, client, r, "set=1\nfwmark=99\n\n")
		ask(t, client, r, "get=1\n\n")
		synctest.Wait()
		if text := string(c.in[:cap(c.in)]); strings.Contains(text, "99") {
			t.Errorf("request buffer after a reply = %q, want zeros", text)
		}
		io.WriteString(client, "set=1\nfwmark=55\n")
		client.Close()
		synctest.Wait()
		for name, b := range map[string]buffer{"request": c.in, "reply": c.out} {
			if text := bytes.Trim(b[:cap(b)], "\x00"); len(text) > 0 {
				t.Errorf("%s buffer at the end = %q, want zeros", name, text)
			}
		}
	})
}

// TestServeIdle checks that a client may wait between two requests.
func TestServeIdle(t *testing.T) {
	t.Parallel()
	serveModel(t, &model{}, func(t *testing.T, l *memoryListener) {
		c := l.dial()
		defer c.Close()
		r := bufio.NewReader(c)
		for range 3 {
			time.Sleep(24 * time.Hour)
			if got := ask(t, c, r, "set=1\n\n"); got != "errno=0\n\n" {
				t.Errorf("reply after a day = %q, want errno=0", got)
			}
		}
	})
}

// TestServeEnds closes the listener while one client is idle, one has sent half
// of a request and one waits for an operation. Serve waits for the operation.
func TestServeEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &model{device: &wgtypes.Device{}, block: make(chan struct{}), begun: make(chan struct{})}
		l := newMemoryListener()
		served := make(chan error, 1)
		go func() { served <- Serve(l, m) }()
		clients := []net.Conn{l.dial(), l.dial(), l.dial()}
		io.WriteString(clients[1], "set=1\n")
		io.WriteString(clients[2], "set=1\nfwmark=9\n\n")
		<-m.begun
		l.Close()
		for i, c := range clients {
			if _, err := io.Copy(io.Discard, c); err != nil {
				t.Errorf("connection %d = %v, want its end", i, err)
			}
			c.Close()
		}
		synctest.Wait()
		select {
		case err := <-served:
			t.Errorf("Serve = %v before the operation returned, want it to wait", err)
		default:
		}
		close(m.block)
		if err := <-served; err != nil || m.device.FirewallMark != 9 {
			t.Errorf("Serve = %v, fwmark = %d, want nil, 9", err, m.device.FirewallMark)
		}
	})
}

// failingListener returns errors before it accepts from the listener.
type failingListener struct {
	*memoryListener
	errs []error
}

func (l *failingListener) Accept() (net.Conn, error) {
	if len(l.errs) == 0 {
		return l.memoryListener.Accept()
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, err
}

func TestServeAcceptErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &failingListener{newMemoryListener(), []error{syscall.EMFILE, syscall.ECONNABORTED, syscall.ENFILE}}
		served := make(chan error)
		go func() { served <- ServeFunc(l, func(c net.Conn) { io.WriteString(c, "hello") }) }()
		c := l.dial()
		if got, err := io.ReadAll(c); err != nil || string(got) != "hello" {
			t.Errorf("reading = %q, %v, want hello", got, err)
		}
		c.Close()
		l.Close()
		if err := <-served; err != nil {
			t.Errorf("ServeFunc = %v, want nil", err)
		}
		failing := &failingListener{newMemoryListener(), []error{syscall.EINVAL}}
		if err := ServeFunc(failing, nil); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("ServeFunc = %v, want %v", err, syscall.EINVAL)
		}
	})
}

func TestRequestLimit(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	defer client.Close()
	c := newConversation(server, &model{device: &wgtypes.Device{}})
	if c.limit != uapi.MaxReply {
		t.Errorf("limit = %d, want %d", c.limit, uapi.MaxReply)
	}
	c.limit = 1 << 10
	go func() {
		defer server.Close()
		c.run()
	}()
	n, err := io.WriteString(client, "set=1\n"+strings.Repeat("fwmark=1\n", 10_000))
	if err == nil || n < c.limit || n > c.limit+(8<<10) {
		t.Errorf("writing without end = %d, %v, want an error after about %d bytes", n, err, c.limit)
	}
}

// TestBufferClears checks that a buffer clears memory that it no longer uses.
func TestBufferClears(t *testing.T) {
	t.Parallel()
	var b buffer
	io.WriteString(&b, "secret")
	old := b[:cap(b)]
	b.reserve(1000)
	if got := string(b); got != "secret" || bytes.Contains(old, []byte("s")) {
		t.Errorf("buffer after reserve = %q, old memory = %q, want the text and zeros", got, old)
	}
	b.drop(2)
	if got := string(b[:6]); got != "cret\x00\x00" {
		t.Errorf("buffer after drop = %q, want %q", got, "cret\x00\x00")
	}
	b.wipe()
	if got := b[:6]; len(b) != 0 || !bytes.Equal(got, make([]byte, 6)) {
		t.Errorf("buffer after wipe = %q, want zeros", got)
	}
}
