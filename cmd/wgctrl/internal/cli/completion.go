package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

const completionLong = `completion prints a script that makes SHELL complete the commands, flags, devices,
fields and peers of wgctrl. SHELL is bash, zsh, fish or powershell. The script for
bash requires the package bash-completion.`

const completionExample = `  source <(wgctrl completion bash)                 for the current bash
  wgctrl completion bash > /etc/bash_completion.d/wgctrl
  wgctrl completion zsh > "${fpath[1]}/_wgctrl"
  wgctrl completion fish > ~/.config/fish/completions/wgctrl.fish
  wgctrl completion powershell | Out-String | Invoke-Expression`

// shells are the shells for which completion prints a script.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion(*clientFlags) *cobra.Command {
	var plain bool
	cmd := &cobra.Command{
		Use:               "completion SHELL",
		Short:             "Print a script for the completion of a shell",
		Long:              completionLong,
		Example:           completionExample,
		Args:              exactArgs("SHELL"),
		ValidArgsFunction: completeShell,
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeCompletion(cmd.OutOrStdout(), newRoot(nil), args[0], !plain)
		},
	}
	cmd.Flags().BoolVar(&plain, "no-descriptions", false, "complete without descriptions")
	return cmd
}

// completeShell completes the only argument, a shell.
func completeShell(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return shells, cobra.ShellCompDirectiveNoFileComp
}

// writeCompletion writes the script for a shell, with or without descriptions of
// what it completes.
func writeCompletion(w io.Writer, root *cobra.Command, shell string, described bool) error {
	switch {
	case !slices.Contains(shells, shell):
		return fmt.Errorf("completion: unknown shell %q: must be %s", shell, orList(shells))
	case shell == "bash":
		return root.GenBashCompletionV2(w, described)
	case shell == "fish":
		return root.GenFishCompletion(w, described)
	case shell == "zsh" && described:
		return root.GenZshCompletion(w)
	case shell == "zsh":
		return root.GenZshCompletionNoDesc(w)
	case described:
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return root.GenPowerShellCompletion(w)
}
