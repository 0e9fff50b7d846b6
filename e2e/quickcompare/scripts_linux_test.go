package quickcompare

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts in testdata/scripts.
func TestScripts(t *testing.T) {
	t.Parallel()
	env := environmentOf(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/scripts",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		ContinueOnError:     os.Getenv("QUICKCOMPARE_CONTINUE") == "1",
		Setup:               func(script *testscript.Env) error { return newComparison(script, env) },
		Condition: func(name string) (bool, error) {
			switch name {
			case "kernel": // the devices are kernel devices
				return env.userspace == "", nil
			case "self": // the original is compared with itself
				return self(), nil
			}
			return false, os.ErrInvalid
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"differs":  differs,
			"equal":    equal,
			"place":    place,
			"readonly": readonly,
			"same":     same,
			"shell":    shell,
			"tunnel":   tunnel,
			"unequal":  unequal,
		},
	})
}
