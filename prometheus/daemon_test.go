package wgprom_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// errorsOf returns the scrape errors of what a registry gathers, as
// "device kind reason", and which devices are up.
func errorsOf(t testing.TB, g prometheus.Gatherer) (errs []string, up map[string]bool) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	up = make(map[string]bool)
	success := -1.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			l := make(map[string]string)
			for _, pair := range m.GetLabel() {
				l[pair.GetName()] = pair.GetValue()
			}
			switch f.GetName() {
			case "wireguard_scrape_success":
				success = m.GetGauge().GetValue()
			case "wireguard_scrape_error_info":
				errs = append(errs, strings.Join([]string{l["device"], l["kind"], l["reason"]}, " "))
			case "wireguard_device_up":
				up[l["device"]] = up[l["device"]] || m.GetGauge().GetValue() == 1
			}
		}
	}
	if (success == 1) != (len(errs) == 0) || success != 0 && success != 1 {
		t.Errorf("wireguard_scrape_success = %v with the errors %q, want 1 without errors and 0 with some", success, errs)
	}
	slices.Sort(errs)
	return errs, up
}

// socketDir returns a directory for sockets. The path of t.TempDir may be too long.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// daemon listens on the socket of a device with the given name, and calls handle
// for each connection, until the test ends.
func daemon(t testing.TB, dir, name string, handle func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		t.Skipf("no sockets: %v", err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
}

// hang reads requests and does not answer.
func hang(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// say answers a request for the state with text.
func say(text string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, len("get=1\n\n"))); err == nil {
			_, _ = io.WriteString(c, text)
		}
	}
}
