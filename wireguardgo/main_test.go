package wireguardgo_test

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/leaktest"
)

func TestMain(m *testing.M) { os.Exit(leaktest.Run(m)) }
