package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

const fmtLong = `fmt prints configuration files in one layout: "Key = Value" in the usual
spelling, lists with commas and spaces, an empty line between sections. Comments,
the order and the meaning stay. "-" is standard input.`

const fmtExample = `  wgctrl fmt wg0.conf           print the file, formatted
  wgctrl fmt -w wg0.conf        rewrite it
  wgctrl fmt -l *.conf          name the files whose layout differs, and exit with 1 if one does`

func newFmt() *cobra.Command {
	var write, list bool
	cmd := &cobra.Command{
		Use:     "fmt FILE...",
		Short:   "Format configuration files",
		Long:    fmtLong,
		Example: fmtExample,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, runFmt(cmd, path, write, list))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&write, "write", "w", false, "rewrite the files instead of printing them")
	cmd.Flags().BoolVarP(&list, "list", "l", false, "print the names of files whose layout differs")
	return cmd
}

func runFmt(cmd *cobra.Command, path string, write, list bool) error {
	f, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		return err
	}
	before, after := f.Append(nil), f.AppendFormatted(nil)
	same := bytes.Equal(before, after)
	if list && !same {
		fmt.Fprintln(cmd.OutOrStdout(), path)
	}
	switch {
	case write && path == "-":
		return errors.New("fmt -w: standard input cannot be rewritten")
	case write && !same:
		return rewrite(path, after)
	case list && !write && !same:
		return errReported
	case list || write:
		return nil
	}
	_, err = cmd.OutOrStdout().Write(after)
	return err
}

// rewrite puts text into a file, whole or not at all, and leaves its mode. A
// symbolic link stays one.
func rewrite(path string, text []byte) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	// The file holds keys: a temporary one can be read by its owner alone.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".wgctrl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // the error that matters is known
		}
	}()
	_, err = tmp.Write(text)
	err = errors.Join(err, keepOwner(tmp, info), tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
