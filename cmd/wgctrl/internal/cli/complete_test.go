package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

func TestCompleteNetNS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"blue", "lab"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		dir, toComplete string
		want            []string
		directive       cobra.ShellCompDirective
	}{
		{dir, "", []string{"blue", "lab"}, cobra.ShellCompDirectiveNoFileComp},
		{dir, "./", nil, cobra.ShellCompDirectiveDefault},
		{filepath.Join(dir, "missing"), "", nil, cobra.ShellCompDirectiveNoFileComp},
	} {
		got, directive := completeNetNS(test.dir, test.toComplete)
		if !slices.Equal(got, test.want) || directive != test.directive {
			t.Errorf("completeNetNS(%q, %q) = %q, %d, want %q, %d", test.dir, test.toComplete, got, directive, test.want, test.directive)
		}
	}
}
