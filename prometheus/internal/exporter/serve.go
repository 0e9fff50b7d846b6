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

// server serves the pages on several addresses.
type server struct {
	pages     http.Handler
	webConfig string
	patience  time.Duration // with requests at the end
	// writeTimeout limits the duration of a request, since a client that does not
	// read the answer would occupy one of the concurrent scrapes.
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
		// NB: web.Serve changes the server, so that each listener needs its own.
		srv := &http.Server{
			Handler: s.pages, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: s.writeTimeout, IdleTimeout: 5 * time.Minute,
			ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
		}
		servers = append(servers, srv)
		go func() { ended <- web.Serve(l, srv, &web.FlagConfig{WebConfigFile: &s.webConfig}, s.logger) }()
	}
	running := len(servers)
	select {
	case <-ctx.Done():
		s.logger.Info("ending")
	case err = <-ended: // one without which the others are not to go on
		running--
	}
	err = errors.Join(err, s.shutdown(servers))
	for ; running > 0; running-- {
		err = errors.Join(err, <-ended)
	}
	return withoutClosed(err)
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
		_ = l.Close() // nobody is waited for
	}
}

// shutdown waits for running requests, at most as long as a request may take.
func (s *server) shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	var errs []error
	for _, srv := range servers {
		if err := srv.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("requests were cut off: %w", err), srv.Close())
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
