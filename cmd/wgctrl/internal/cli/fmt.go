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

-w replaces a file in one step. It keeps the owner and the mode, on Linux and Windows
also access control lists, and on Linux extended attributes. It refuses a file that
has more than one hard link or that another program changes meanwhile.

The exit code is 1 if a file has an error, or if -l lists a file.`

const fmtExample = `  wgctrl fmt wg0.conf           print the file, formatted
  wgctrl fmt -w wg0.conf        rewrite it
  wgctrl fmt -l *.conf          list the files that -w would change; exit with 1 if there are any`

// fmtFlags are the flags of fmt.
type fmtFlags struct{ write, list bool }

func newFmt() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:     "fmt FILE...",
		Short:   "Format configuration files",
		Long:    fmtLong,
		Example: fmtExample,
		Args:    requireArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, runFmt(cmd, path, f))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&f.write, "write", "w", false, "rewrite the files instead of printing them")
	cmd.Flags().BoolVarP(&f.list, "list", "l", false, "list the files that -w would change instead of printing them")
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
		fmt.Fprintln(cmd.OutOrStdout(), termtext.Clean(path))
	}
	switch {
	case flags.write && !same:
		return rewrite.File(cmd.Context(), path, before, after)
	case flags.list && !same:
		return errReported
	case flags.list || flags.write:
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
