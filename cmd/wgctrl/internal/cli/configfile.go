package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/wgconf"
)

// readConf reads a configuration file; "-" is standard input.
func readConf(in io.Reader, path string) (*wgconf.File, error) {
	text, err := conffile.Read(in, path)
	if err != nil {
		return nil, err
	}
	return wgconf.Parse(confName(path), text), nil
}

// confName returns the name of a file for messages.
func confName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

const stripLong = `strip prints a file of wg-quick(8) without the settings of wg-quick, as wg-quick
strip does. It keeps all other lines, even if they have errors. The output contains
the private key. "-" is standard input. DEVICE, a name without a slash and without
".conf" that is not a file, stands for /etc/wireguard/DEVICE.conf or, if only that
exists, /etc/amnezia/amneziawg/DEVICE.conf.`

func newStrip(*clientFlags) *cobra.Command {
	var configDir string
	complete := completeFile(&configDir)
	cmd := &cobra.Command{
		Use:     "strip (FILE | DEVICE)",
		Short:   "Print a wg-quick(8) file without the settings of wg-quick",
		Long:    stripLong,
		Example: `  wgctrl strip wg0 | wgctrl setconf wg0 /dev/stdin`,
		Args:    exactArgs("FILE"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return noCompletion(cmd, args, toComplete)
			}
			return complete(cmd, args, toComplete)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := readConf(cmd.InOrStdin(), argumentFile(configDir, args[0]))
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(f.Strip().AppendTo(nil))
			return err
		},
	}
	configDirFlag(cmd, &configDir, false)
	return cmd
}
