package e2e_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// actAs is the environment variable that makes this test binary run one of acts
// instead of tests: as another user, or as a daemon that a test can kill.
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
