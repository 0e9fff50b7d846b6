package exporter_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

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
