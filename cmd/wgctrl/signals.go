package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalled is the cause of a context that a signal cancelled.
type signalled struct{ syscall.Signal }

func (s signalled) Error() string { return s.String() }

// exitCode returns the exit code that shells use for the signal.
func (s signalled) exitCode() int { return 128 + int(s.Signal) }

// untilSignal returns a context that the first Ctrl-C or SIGTERM cancels. If the
// command does not end within grace() after that, untilSignal ends it: a command that
// is blocked in a read of a pipe does not end by itself.
func untilSignal(grace func() time.Duration) context.Context {
	ctx, end := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := signalled{(<-signals).(syscall.Signal)}
		signal.Stop(signals) // a second signal ends the program immediately
		end(s)
		time.Sleep(grace())
		os.Exit(s.exitCode())
	}()
	return ctx
}

// exitCode returns the exit code for the signal that cancelled ctx, or code if
// there was none.
func exitCode(ctx context.Context, code int) int {
	var s signalled
	if errors.As(context.Cause(ctx), &s) {
		return s.exitCode()
	}
	return code
}
