package exporter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// readTimeout limits how long a client may take to send its request.
const readTimeout = 10 * time.Second

// server serves the pages on several addresses.
type server struct {
	pages     http.Handler
	webConfig string
	patience  time.Duration // how long the shutdown waits for running requests
	// writeTimeout limits the duration of a scrape and of writing its answer.
	writeTimeout time.Duration
	logger       *slog.Logger
}

// run serves until ctx ends, and then finishes the running requests.
func (s *server) run(ctx context.Context, addresses []string) error {
	listeners, err := listen(addresses)
	if err != nil {
		return err
	}
	defer closeAll(listeners) // those that were not served
	ended := make(chan error, len(listeners))
	var servers []*http.Server
	for _, l := range listeners {
		s.warnIfOpen(l.Addr())
		// NB: web.Serve changes the server, so that each listener needs its own.
		srv := s.newServer()
		servers = append(servers, srv)
		go func() { ended <- web.Serve(l, srv, &web.FlagConfig{WebConfigFile: &s.webConfig}, s.logger) }()
	}
	running := len(servers)
	select {
	case <-ctx.Done():
		s.logger.Info("shutting down")
	case err = <-ended: // stop the other servers, too
		running--
	}
	err = errors.Join(err, s.shutdown(servers))
	for ; running > 0; running-- {
		err = errors.Join(err, <-ended)
	}
	return withoutClosed(err)
}

// warnIfOpen logs a warning if everyone who can connect to address can read the
// metrics.
func (s *server) warnIfOpen(address net.Addr) {
	if tcp, ok := address.(*net.TCPAddr); ok && s.webConfig == "" && !tcp.IP.IsLoopback() {
		s.logger.Warn("serving to other hosts without authentication; see --web.config.file", "address", tcp.String())
	}
}

func (s *server) newServer() *http.Server {
	return &http.Server{
		Handler: s.pages, ReadTimeout: readTimeout, WriteTimeout: s.writeTimeout, IdleTimeout: 5 * time.Minute,
		ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

func listen(addresses []string) (all []net.Listener, err error) {
	for _, a := range addresses {
		l, err := net.Listen("tcp", a)
		if err != nil {
			closeAll(all)
			return nil, fmt.Errorf("--web.listen-address %s: %w", a, err)
		}
		all = append(all, l)
	}
	return all, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close() // web.Serve may have closed it
	}
}

// shutdown waits for running requests, at most as long as a request may take.
func (s *server) shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	var errs []error
	for _, srv := range servers {
		if err := srv.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("running requests were interrupted: %w", err), srv.Close())
		}
	}
	return errors.Join(errs...)
}

// withoutClosed returns nil for the error of a server that was shut down.
func withoutClosed(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range joined.Unwrap() {
			errs = append(errs, withoutClosed(e))
		}
		return errors.Join(errs...)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
