// Command wgctrl shows and configures WireGuard devices. Called under the name
// wg it is wg(8).
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/internal/cli"
)

// interrupted is the exit code after Ctrl-C.
const interrupted = 128 + int(syscall.SIGINT)

// grace is how long the command may take to end after Ctrl-C: what reads
// standard input, or another pipe, cannot be woken.
const grace = time.Second

func main() {
	// A run is short, and keeps most of what it allocates.
	debug.SetGCPercent(400)

	interrupt, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, _ := signal.NotifyContext(interrupt, syscall.SIGTERM)
	context.AfterFunc(interrupt, func() {
		stop() // a second Ctrl-C ends the program at once
		time.Sleep(grace)
		os.Exit(interrupted)
	})

	code := cli.Main(ctx, os.Args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	if code != 0 && interrupt.Err() != nil {
		code = interrupted
	}
	os.Exit(code)
}
