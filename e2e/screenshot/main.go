//go:build linux || darwin || freebsd || openbsd

// Command screenshot draws the picture of wgctrl top in the README. It runs the
// command in tmux, with wireguard-go devices of this process.
//
//	go run ./e2e/screenshot docs/images/top.svg
//
// It takes four minutes, so that some peers lose their sessions.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"
)

const (
	width, height = 100, 22
	// patience is longer than the lifetime of a session.
	patience = 4 * time.Minute
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "screenshot:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: screenshot FILE.svg")
	}
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	text, err := capture(ctx, w.dir, patience)
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], appendSVG(nil, parseScreen(text), width), 0o644)
}
