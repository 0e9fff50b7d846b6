package exporter_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// needProgram returns the path of a program of Prometheus. If the program is
// missing, it skips the test, or fails it with WGTEST_PROMETHEUS=1 in the
// environment.
func needProgram(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("WGTEST_PROMETHEUS") == "1" {
		t.Fatalf("LookPath(%q) = %v, want the program, since WGTEST_PROMETHEUS=1 is set", name, err)
	}
	t.Skipf("needs %s (package prometheus of Debian): %v", name, err)
	return ""
}

// server is a running Prometheus.
type server struct {
	url string
	log *os.File
}

// target is an exporter that Prometheus scrapes: its address, and lines for the
// configuration of the job.
type target struct{ address, config string }

// startServer runs Prometheus with the alert rules in a private directory, until
// the test ends.
//
// NB: Prometheus takes a port number and not an open socket. Another program may
// take the port first; then startServer tries another one.
func startServer(t testing.TB, targets ...target) *server {
	t.Helper()
	program, dir := needProgram(t, "prometheus"), t.TempDir()
	rules, err := filepath.Abs("../../alerts/wireguard.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Appendf(nil, "global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}\nrule_files: [%q]\nscrape_configs:\n", rules)
	for i, target := range targets {
		config = fmt.Appendf(config, "- job_name: job%d\n  static_configs: [{targets: [%q]}]\n%s", i, target.address, target.config)
	}
	path := write(t, dir, "prometheus.yml", string(config))
	for range 5 {
		if s := tryServer(t, program, path, dir); s != nil {
			return s
		}
	}
	t.Fatal("Prometheus started 0 of 5 times, want once")
	return nil
}

// tryServer returns nil if the server ended before it was ready.
func tryServer(t testing.TB, program, config, dir string) *server {
	t.Helper()
	log, err := os.CreateTemp(dir, "log")
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	s := &server{url: "http://" + address, log: log}
	cmd := exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // messages are in its log
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // fails if it has ended
		<-ended
		_ = log.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	tick, deadline := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for {
		if response, err := http.Get(s.url + "/-/ready"); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s
			}
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Logf("Prometheus ended:\n%s", s.messages())
			return nil
		case <-deadline:
			t.Fatalf("Prometheus is not ready after %v, want it ready:\n%s", patience, s.messages())
		}
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *server) messages() string {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// result is a sample in the answer to a query.
type result struct{ Metric map[string]string }

// query evaluates an expression at the current time.
func (s *server) query(t testing.TB, expr string) []result {
	t.Helper()
	var got struct {
		Status, Error string
		Data          struct{ Result []result }
	}
	s.api(t, "query?"+url.Values{"query": {expr}}.Encode(), &got)
	if got.Status != "success" {
		t.Fatalf("query %s has status %q: %s, want success", expr, got.Status, got.Error)
	}
	return got.Data.Result
}

// api sends a request to the HTTP API and decodes the answer.
func (s *server) api(t testing.TB, path string, answer any) {
	t.Helper()
	response, err := http.Get(s.url + "/api/v1/" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
}

// await evaluates an expression until it has a result.
func (s *server) await(t testing.TB, expr string) {
	t.Helper()
	tick, deadline := time.NewTicker(100*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for len(s.query(t, expr)) == 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s has no result after %v, want one; the log is:\n%s\nand the targets are:\n%s", expr, patience, s.messages(), s.targets(t))
		}
	}
}

// targets describes the last scrape of each target.
func (s *server) targets(t testing.TB) string {
	t.Helper()
	var got struct {
		Data struct {
			ActiveTargets []struct{ ScrapeURL, Health, LastError string }
		}
	}
	s.api(t, "targets", &got)
	var b strings.Builder
	for _, target := range got.Data.ActiveTargets {
		fmt.Fprintf(&b, "%s is %s: %s\n", target.ScrapeURL, target.Health, target.LastError)
	}
	return b.String()
}
