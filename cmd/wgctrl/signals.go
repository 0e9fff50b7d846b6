package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long the command may take to end after a signal: what reads
// standard input, or another pipe, cannot be woken.
const grace = time.Second

// signalled is why a context ended.
type signalled struct{ syscall.Signal }

func (s signalled) Error() string { return s.String() }

// exitCode is that of shells.
func (s signalled) exitCode() int { return 128 + int(s.Signal) }

// untilSignal returns a context that ends with the first Ctrl-C or SIGTERM. A
// command that does not end soon after is ended.
func untilSignal() context.Context {
	ctx, end := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := signalled{(<-signals).(syscall.Signal)}
		signal.Stop(signals) // a second one ends the program at once
		end(s)
		time.Sleep(grace)
		os.Exit(s.exitCode())
	}()
	return ctx
}

// exitCode returns the code after a signal, and code if there was none.
func exitCode(ctx context.Context, code int) int {
	var s signalled
	if errors.As(context.Cause(ctx), &s) {
		return s.exitCode()
	}
	return code
}
