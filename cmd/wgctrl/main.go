// Command wgctrl shows and configures WireGuard devices.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/cli"
)

func main() {
	interrupt, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, _ := signal.NotifyContext(interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(interrupt, stop)

	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	if code != 0 && interrupt.Err() != nil {
		code = 128 + int(syscall.SIGINT)
	}
	os.Exit(code)
}
