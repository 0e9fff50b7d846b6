// Command wgctrl shows and configures WireGuard devices. Called under the name wg
// it behaves as wg(8), and under the name wg-quick as wg-quick(8).
package main

import (
	"os"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/cli"
)

func main() {
	cli.ReduceGC()
	ctx := untilSignal(func() time.Duration { return cli.Grace(os.Args) })
	code := cli.Main(ctx, os.Args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	if code != 0 {
		code = exitCode(ctx, code)
	}
	os.Exit(code)
}
