package wgcompare

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/wgctrl/wgctrl/internal/cli"
	"github.com/wgctrl/wgctrl/internal/leaktest"
)

// TestMain makes the test binary serve as the command: whatever its path,
// called wg it is wg.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "wg" {
		os.Exit(ours(context.Background(), os.Args))
	}
	os.Exit(leaktest.Run(m))
}

// ours is the program that is compared. args[0] is what it was called.
func ours(ctx context.Context, args []string) int {
	return cli.Main(ctx, args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
