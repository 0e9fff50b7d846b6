package e2e_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// actAs in the environment makes this program, in place of running tests, do
// one of acts: be another user, or a daemon that can be killed.
const actAs = "WGCTRL_TEST_ACT"

func TestMain(m *testing.M) {
	act := acts[os.Getenv(actAs)]
	if act == nil {
		os.Exit(testutil.RunMain(m))
	}
	if err := act(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
