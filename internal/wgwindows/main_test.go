package wgwindows_test

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }
