package cli

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/stdin"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
)

const fmtLong = `fmt prints configuration files in a uniform layout: "Key = Value" with the usual
spelling of keys, lists separated by ", ", and an empty line between sections. It
keeps comments, the order of lines and the meaning. "-" is standard input. If a
file has errors, fmt reports them and neither prints nor changes the file.

DEVICE, a name without a slash and without ".conf" that is not a file, stands for
/etc/wireguard/DEVICE.conf or, if only that exists, /etc/amnezia/amneziawg/DEVICE.conf.

-d prints a unified diff of what -w changes, which contains private keys if lines near
them change. -d and -l can be used together, and with -w.

-w replaces a file in one step. It keeps the owner and the mode, on Linux and Windows
also access control lists, and on Linux extended attributes. It refuses a file that
has more than one hard link or that another program changes meanwhile.

The exit code is 1 if a file has an error or, without -w, if -l or -d prints something.`

const fmtExample = `  wgctrl fmt wg0.conf           print the file, formatted
  wgctrl fmt -d wg0             print what -w would change in /etc/wireguard/wg0.conf
  wgctrl fmt -w wg0.conf        rewrite the file
  wgctrl fmt -l *.conf          list the files that -w would change; exit with 1 if there are any`

// fmtFlags are the flags of fmt.
type fmtFlags struct {
	write, list, diff bool
	configDir         string
}

func newFmt(*clientFlags) *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:               "fmt (FILE | DEVICE)...",
		SuggestFor:        []string{"format"},
		Short:             "Format configuration files",
		Long:              fmtLong,
		Example:           fmtExample,
		Args:              requireArgs("FILE"),
		ValidArgsFunction: completeFile(&f.configDir),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, runFmt(cmd, argumentFile(f.configDir, path), f))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&f.write, "write", "w", false, "rewrite the files instead of printing them")
	cmd.Flags().BoolVarP(&f.list, "list", "l", false, "list the files that -w would change instead of printing them")
	cmd.Flags().BoolVarP(&f.diff, "diff", "d", false, "print a diff of what -w would change instead of the files")
	configDirFlag(cmd, &f.configDir, false)
	return cmd
}

func runFmt(cmd *cobra.Command, path string, flags fmtFlags) error {
	if flags.write && (path == "-" || stdin.Names(path)) {
		return errors.New("fmt -w: cannot rewrite standard input")
	}
	f, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		return err
	}
	formatted, err := format(f)
	if err != nil {
		return err
	}
	before, after := f.AppendTo(nil), formatted.AppendTo(nil)
	same := bytes.Equal(before, after)
	if flags.list && !same {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), termtext.Clean(path)); err != nil {
			return err
		}
	}
	if flags.diff && !same {
		if err := writeDiff(cmd.OutOrStdout(), path, before, after); err != nil {
			return err
		}
	}
	only := flags.list || flags.diff // print something else than the file
	switch {
	case flags.write && !same:
		return rewrite.File(cmd.Context(), path, before, after)
	case only && !same:
		return errReported
	case only || flags.write:
		return nil
	}
	_, err = cmd.OutOrStdout().Write(after)
	return err
}

// format returns f in the canonical layout. It returns the errors of f unless the
// layout removes all of them: a byte-order mark is one that it removes.
func format(f *wgconf.File) (*wgconf.File, error) {
	formatted := f.Formatted()
	_, err := formatted.Settings(wgconf.DialectAWGQuick)
	if err == nil {
		return formatted, nil
	}
	if _, original := f.Settings(wgconf.DialectAWGQuick); original != nil {
		err = original // with the right line numbers
	}
	return nil, err
}
