package cli

import "github.com/spf13/cobra"

const stripLong = `strip prints a file of wg-quick(8) without the keys that wg(8) does not know, as
wg-quick strip does. Keys are printed in clear. "-" is standard input.`

func newStrip() *cobra.Command {
	return &cobra.Command{
		Use:     "strip FILE",
		Short:   "Print a wg-quick(8) file without what wg(8) does not know",
		Long:    stripLong,
		Example: `  wgctrl strip /etc/wireguard/wg0.conf | wgctrl setconf wg0 /dev/stdin`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := readConf(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(f.Strip().Append(nil))
			return err
		},
	}
}
