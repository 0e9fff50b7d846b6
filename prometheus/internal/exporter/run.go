// Package exporter implements the command wgctrl-exporter: flags, pages, and
// shutdown. The metrics come from package wgprom.
package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/prometheus/internal/release"
)

// The exit codes of Run.
const (
	exitOK     = 0
	exitFailed = 1
)

// Run runs the command with the arguments that follow its name until ctx ends. It
// returns the exit code: 0, or 1 after an error. Errors and messages go to errs.
func Run(ctx context.Context, args []string, out, errs io.Writer) int {
	c, err := parse(args, out)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return exitOK
	case err == nil && c.version:
		fmt.Fprintln(out, "wgctrl-exporter", release.Version())
		return exitOK
	case err == nil:
		err = c.serve(ctx, errs)
	}
	if err != nil {
		fmt.Fprintf(errs, "wgctrl-exporter: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// serve serves until ctx ends.
func (c *config) serve(ctx context.Context, errs io.Writer) (err error) {
	logger := c.logger(errs)
	client, err := c.places.client()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	names := &nameFiles{patterns: c.names, logger: logger}
	names.refresh() // log errors at the start, not at the first scrape
	devices := wgprom.New(client, wgprom.Options{
		Timeout:        c.timeout,
		PeerName:       names.of,
		MaxPeers:       c.maxPeers,
		MaxTotalPeers:  c.maxTotalPeers,
		OmitAllowedIPs: c.noAllowedIPs,
		OmitEndpoints:  c.noEndpoints,
		Logger:         logger,
	})
	p, err := newPages(c.path, devices, names, logger)
	if err != nil {
		return err
	}
	const toAnswer, toRead = time.Second, 10 * time.Second
	s := &server{
		pages: p, webConfig: c.webConfig, patience: c.timeout + toAnswer, writeTimeout: c.timeout + toRead, logger: logger,
	}
	logger.Info("starting", "version", release.Version())
	return s.run(ctx, c.addresses)
}
