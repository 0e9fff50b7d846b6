package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// scene is a gateway with devices, their peers, the exporter, and a Prometheus that
// scrapes it.
type scene struct {
	url   string // of Prometheus
	dir   string
	ends  []func() // in reverse order
	peers []*peer
}

// startScene starts everything but the traffic.
func startScene(ctx context.Context) (s *scene, err error) {
	s = new(scene)
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.dir, err = os.MkdirTemp("", "wg"); err != nil {
		return nil, err
	}
	s.ends = append(s.ends, func() { _ = os.RemoveAll(s.dir) })
	if err := s.startDevices(ctx); err != nil {
		return nil, err
	}
	if err := s.startHung(); err != nil {
		return nil, err
	}
	address, err := s.startExporter(ctx)
	if err != nil {
		return nil, err
	}
	return s, s.startPrometheus(ctx, address)
}

func (s *scene) close() {
	for len(s.ends) > 0 {
		last := len(s.ends) - 1
		s.ends[last]()
		s.ends = s.ends[:last]
	}
}

// startHung creates the socket of a daemon that does not answer.
func (s *scene) startHung() error {
	l, err := net.Listen("unix", filepath.Join(s.dir, "lab.sock"))
	if err != nil {
		return err
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				_, _ = io.Copy(io.Discard, c) // until the exporter gives up
				_ = c.Close()
			})
		}
	})
	s.ends = append(s.ends, func() {
		_ = l.Close()
		serving.Wait()
	})
	return nil
}

// exporterPath is the package of the exporter.
const exporterPath = "github.com/wgctrl/wgctrl/prometheus/cmd/wgctrl-exporter"

// startExporter builds and starts the exporter, and returns its address.
func (s *scene) startExporter(ctx context.Context) (address string, err error) {
	binary := filepath.Join(s.dir, "wgctrl-exporter")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, exporterPath).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the exporter: %w\n%s", err, out)
	}
	cmd := exec.Command(binary, "--web.listen-address=127.0.0.1:0", "--log.format=json", "--backend=userspace", "--scrape-timeout=200ms",
		"--socket-dir", s.dir, "--names", filepath.Join(s.dir, "*.conf"))
	messages, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewScanner(messages)
	address = listenAddress(lines)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for lines.Scan() { // until the exporter ends
		}
	}()
	s.ends = append(s.ends, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // fails if it has ended
		<-drained
		_ = cmd.Wait()
	})
	if address == "" {
		return "", errors.New("the exporter ended before it listened")
	}
	return address, nil
}

// listenAddress reads the exporter's messages until it reports its address. It
// returns "" if the exporter ends before.
func listenAddress(lines *bufio.Scanner) string {
	for lines.Scan() {
		var message struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &message) == nil && message.Msg == "Listening on" {
			return message.Address
		}
	}
	return ""
}

// startPrometheus starts Prometheus and waits until it is ready.
func (s *scene) startPrometheus(ctx context.Context, address string) error {
	config := filepath.Join(s.dir, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n"+
		"- job_name: wireguard\n  static_configs: [{targets: [%q], labels: {instance: gateway}}]\n", address)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	// NB: Prometheus takes a port number. Another program may take the port first.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	own := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	s.url = "http://" + own
	cmd := exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(s.dir, "data"),
		"--web.listen-address="+own, "--log.level=error")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.ends = append(s.ends, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		<-ended
		http.DefaultClient.CloseIdleConnections()
	})
	return awaitReady(ctx, s.url, ended)
}

func awaitReady(ctx context.Context, url string, ended chan error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if response, err := http.Get(url + "/-/ready"); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- err
			return errors.Join(errors.New("the server ended"), err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
