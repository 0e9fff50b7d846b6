package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// demoTimeout bounds the demo, which takes a fraction of a second. It is more
// than the 5 s after which a handshake whose packet was lost is tried again.
const demoTimeout = 10 * time.Second

var errDemoTimeout = fmt.Errorf("the demo did not end within %v", demoTimeout)

const demoLong = `demo runs two real wireguard-go devices in this process and joins them by a
tunnel over the loopback interface. It configures them as any daemon is
configured, changes one while packets flow, and shows both. It needs no root,
touches no other device and leaves nothing behind.`

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Try a tunnel between two devices in this process, without root",
		Long:  demoLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), demoTimeout, errDemoTimeout)
			defer cancel()
			return runDemo(ctx, cmd.OutOrStdout())
		},
	}
}

// step is a part of the demo: what it is going to do, and a function that does
// it and returns what came of it.
type step struct {
	intent string
	run    func(context.Context) (outcome string, err error)
}

// runDemo takes the steps of the demo. Whatever happens, nothing is left.
func runDemo(ctx context.Context, out io.Writer) (err error) {
	d := &demo{out: out}
	defer func() { err = errors.Join(err, d.close()) }()
	steps := d.steps()
	for i, s := range steps {
		fmt.Fprintf(out, "%d/%d %s", i+1, len(steps), s.intent)
		outcome, err := s.run(ctx)
		if err != nil {
			fmt.Fprintln(out, ": failed")
			return because(ctx, err)
		}
		fmt.Fprintf(out, ": %s\n", outcome)
	}
	return nil
}

// because returns why a step failed, which is ctx's reason once ctx has ended.
func because(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); cause == errDemoTimeout {
		return cause
	}
	return errors.New("the demo was interrupted; nothing is left of it")
}
