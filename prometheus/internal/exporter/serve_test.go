package exporter_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/wgctrl/wgctrl/prometheus/internal/exporter"
)

// TestShutdown checks that a running scrape is answered before the command ends.
func TestShutdown(t *testing.T) {
	t.Parallel()
	dir, requests := hung(t)
	r := start(t, "--socket-dir", dir, "--scrape-timeout=2s")
	type result struct {
		status int
		body   string
	}
	answered := make(chan result, 1)
	go func() {
		status, body := r.get(t, "/metrics")
		answered <- result{status, body}
	}()
	<-requests // the scrape waits for the daemon
	if code := r.stop(); code != 0 {
		t.Errorf("exit code = %d, want 0:\n%s", code, r.stderr)
	}
	select {
	case got := <-answered:
		if got.status != http.StatusOK {
			t.Errorf("GET /metrics has status %d, want 200", got.status)
		}
		hasLines(t, got.body, `wireguard_device_up{device="hangs",kind="userspace"} 0`)
	case <-time.After(patience):
		t.Errorf("GET /metrics has no answer after %v, want one", patience)
	}
	if _, err := net.Dial("tcp", r.address); err == nil {
		t.Errorf("Dial(%q) = nil after the end, want an error", r.address)
	}
}

// TestConcurrentScrapes checks that the number of scrapes that wait for a daemon is limited.
func TestConcurrentScrapes(t *testing.T) {
	t.Parallel()
	const most = 16
	dir, _ := hung(t)
	r := start(t, "--socket-dir", dir, "--scrape-timeout=1h")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	statuses := make(chan int, most+1) // 0 if the request was canceled
	for range most + 1 {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.address+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				statuses <- 0
				return
			}
			_ = response.Body.Close()
			statuses <- response.StatusCode
		}()
	}
	select {
	case status := <-statuses: // the only request with an answer
		if status != http.StatusServiceUnavailable {
			t.Errorf("scrape %d has status %d, want 503", most+1, status)
		}
	case <-time.After(patience):
		t.Fatalf("%d scrapes wait after %v, want one of them rejected", most+1, patience)
	}
	cancel()
	for range most {
		if status := <-statuses; status != 0 {
			t.Errorf("another scrape has status %d, want no answer", status)
		}
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit code = %d, want 0:\n%s", code, r.stderr)
	}
}

// TestClientNeverReads checks that the connection of a client that does not read answers
// is closed, and that its scrape ends.
func TestClientNeverReads(t *testing.T) {
	t.Parallel()
	r := start(t, "--socket-dir", t.TempDir(), "--scrape-timeout=1ms")
	c, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	// Answers fill the buffers, and then the server stops reading requests.
	for err == nil {
		_, err = io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is still open after %v, want it closed", patience)
	}
	if code := r.stop(); code != 0 { // a scrape that still runs is an error
		t.Errorf("exit code = %d, want 0:\n%s", code, r.stderr)
	}
}

// TestSlowRequests checks that clients that do not send the rest of a request, or
// the body that they announced, do not keep others from scraping.
func TestSlowRequests(t *testing.T) {
	t.Parallel()
	r := start(t, "--socket-dir", t.TempDir())
	const clients = 32 // twice the concurrent scrapes
	for name, test := range map[string]struct{ request, answer string }{
		"headers":      {"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", ""},
		"body":         {"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", "HTTP/1.1 400 "},
		"chunked body": {"GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n", "HTTP/1.1 400 "},
		"announced":    {"GET /metrics HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n", "HTTP/1.1 400 "},
		"POST":         {"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n", "HTTP/1.1 405 "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range clients {
				c, err := net.Dial("tcp", r.address)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(c, test.request); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(test.answer))
				if _, err := io.ReadFull(c, got); err != nil || string(got) != test.answer {
					t.Errorf("the answer begins with %q, %v; want %q", got, err, test.answer)
				}
			}
			if status, text := r.get(t, "/metrics"); status != http.StatusOK {
				t.Errorf("GET /metrics next to %d slow clients has status %d, want 200:\n%s", clients, status, text)
			}
		})
	}
}

// TestSeveralAddresses checks that the command serves each of its addresses.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	r := start(t, "--web.listen-address=127.0.0.1:0", "--socket-dir", t.TempDir())
	for _, address := range []string{r.address, <-r.stderr.address} {
		if status, _ := do(t, http.DefaultClient, http.MethodGet, "http://"+address+"/metrics"); status != http.StatusOK {
			t.Errorf("GET http://%s/metrics has status %d, want 200", address, status)
		}
	}
}

// TestOpenWarning checks that the command warns about addresses that other hosts
// can read without authentication.
func TestOpenWarning(t *testing.T) {
	t.Parallel()
	config := newSecured(t).config
	for _, test := range []struct {
		args []string
		want bool
	}{
		{nil, false},
		{[]string{"--web.listen-address=0.0.0.0:0"}, true},
		{[]string{"--web.listen-address=:0"}, true},
		{[]string{"--web.listen-address=[::1]:0"}, false},
		{[]string{"--web.listen-address=:0", "--web.config.file=" + config}, false},
	} {
		r := start(t, append(test.args, "--socket-dir", t.TempDir())...)
		if code := r.stop(); code != 0 {
			t.Errorf("%q: exit code = %d, want 0:\n%s", test.args, code, r.stderr)
		}
		if got := strings.Contains(r.stderr.String(), "without authentication"); got != test.want {
			t.Errorf("%q: warned = %v, want %v:\n%s", test.args, got, test.want, r.stderr)
		}
	}
}

// TestInvalidFlags checks that errors in arguments name the flag.
func TestInvalidFlags(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	bad := write(t, t.TempDir(), "web.yml", "tls_server_config: {cert_file: none.pem}\n")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"flag":     {[]string{"--nonsense"}, "nonsense"},
		"argument": {[]string{"nonsense"}, "nonsense"},
		"address":  {[]string{"--web.listen-address=" + taken.Addr().String()}, "--web.listen-address " + taken.Addr().String()},
		"empty":    {[]string{"--web.listen-address="}, `invalid --web.listen-address "": must be HOST:PORT or :PORT`},
		"path":     {[]string{"--web.telemetry-path=metrics"}, "--web.telemetry-path"},
		"config":   {[]string{"--web.config.file=" + bad}, "--web.config.file " + bad},
		"backend":  {[]string{"--backend=in-process"}, "--backend"},
		"kind":     {[]string{"--backend=moon"}, `invalid --backend "moon": must be kernel, amneziawg-kernel, userspace or amneziawg-userspace`},
		"netns":    {[]string{"--netns=/nowhere/at/all"}, "/nowhere/at/all"},
		"timeout":  {[]string{"--scrape-timeout=0s"}, "--scrape-timeout"},
		"peers":    {[]string{"--max-peers=-1"}, "--max-peers"},
		"total":    {[]string{"--max-total-peers=0"}, "--max-total-peers"},
		"format":   {[]string{"--log.format=xml"}, "--log.format"},
		"level":    {[]string{"--log.level=loud"}, `invalid --log.level "loud": must be debug, info, warn or error`},
	} {
		var out, errs bytes.Buffer
		code := exporter.Run(t.Context(), test.args, &out, &errs)
		if code != 1 || !strings.Contains(errs.String(), "wgctrl-exporter: ") || !strings.Contains(errs.String(), test.want) {
			t.Errorf("Run(%q) = %d, want 1 and an error with %q (%s)\n%s%s", test.args, code, test.want, name, &out, &errs)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arg, want string }{
		{"--help", "--web.listen-address address"},
		{"--version", "wgctrl-exporter "},
	} {
		var out, errs bytes.Buffer
		if code := exporter.Run(t.Context(), []string{test.arg}, &out, &errs); code != 0 || errs.Len() > 0 || !strings.Contains(out.String(), test.want) {
			t.Errorf("Run(%q) = %d, want 0 and %q\n%s%s", test.arg, code, test.want, &out, &errs)
		}
	}
}

// secured is a configuration of the web server with a certificate for 127.0.0.1
// and a user.
type secured struct {
	config, certificate string // paths
	user, password      string
	pool                *x509.CertPool
}

func newSecured(t testing.TB) secured {
	t.Helper()
	dir := t.TempDir()
	s := secured{user: "prometheus", password: "a pass phrase", pool: x509.NewCertPool()}
	certificate, key := selfSigned(t)
	s.pool.AppendCertsFromPEM([]byte(certificate))
	s.certificate = write(t, dir, "cert.pem", certificate)
	write(t, dir, "key.pem", key)
	hash, err := bcrypt.GenerateFromPassword([]byte(s.password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	s.config = write(t, dir, "web.yml", `
tls_server_config:
  cert_file: cert.pem
  key_file: key.pem
basic_auth_users:
  `+s.user+`: `+string(hash)+"\n")
	return s
}

func selfSigned(t testing.TB) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", secret)
}

// TestSecured checks that a web configuration makes TLS and a password necessary.
func TestSecured(t *testing.T) {
	t.Parallel()
	d, s := device(t), newSecured(t)
	r := start(t, "--socket-dir", d.SocketDir(), "--web.config.file", s.config)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.pool}}}
	defer client.CloseIdleConnections()
	for _, test := range []struct {
		scheme, password string
		client           *http.Client
		want             int
	}{
		{"https", s.password, client, http.StatusOK},
		{"https", "another", client, http.StatusUnauthorized},
		{"https", "", client, http.StatusUnauthorized},
		{"http", s.password, http.DefaultClient, http.StatusBadRequest},
	} {
		for _, path := range []string{"/metrics", "/"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, test.scheme+"://"+r.address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.password != "" {
				request.SetBasicAuth(s.user, test.password)
			}
			if status, text := answer(t, test.client, request); status != test.want {
				t.Errorf("%s %s with password %q: status %d, want %d\n%s", test.scheme, path, test.password, status, test.want, text)
			}
		}
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit code = %d, want 0:\n%s", code, r.stderr)
	}
}
