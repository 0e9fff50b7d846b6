package main

import (
	"bytes"
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

	"github.com/wgctrl/wgctrl/prometheus/internal/exporter"
)

// scene is a machine with devices, their peers, the exporter and a Prometheus
// that scrapes it.
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

// startHung makes the socket of a daemon that answers nothing.
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

// listening finds in the exporter's messages where it listens.
type listening chan string

func (l listening) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		var message struct{ Msg, Address string }
		if json.Unmarshal(line, &message) == nil && message.Msg == "Listening on" {
			l <- message.Address
		}
	}
	return len(b), nil
}

func (s *scene) startExporter(ctx context.Context) (address string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	said, ended := make(listening, 1), make(chan int, 1)
	go func() {
		ended <- exporter.Run(ctx, []string{
			"--web.listen-address=127.0.0.1:0", "--log.format=json", "--backend=userspace", "--scrape-timeout=200ms",
			"--socket-dir", s.dir, "--names", filepath.Join(s.dir, "*.conf"),
		}, io.Discard, said)
	}()
	s.ends = append(s.ends, func() {
		cancel()
		<-ended
	})
	select {
	case address = <-said:
		return address, nil
	case code := <-ended:
		ended <- code
		return "", fmt.Errorf("the exporter ended with %d", code)
	}
}

// startPrometheus runs the server, which calls the exporter gateway:9586, and
// waits until it answers.
func (s *scene) startPrometheus(ctx context.Context, address string) error {
	config := filepath.Join(s.dir, "prometheus.yml")
	text := fmt.Sprintf("global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n"+
		"- job_name: wireguard\n  static_configs: [{targets: [%q], labels: {instance: gateway}}]\n", address)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	// NB: it takes a port and no socket; another program may take it first.
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
