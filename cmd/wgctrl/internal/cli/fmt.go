package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

const fmtLong = `fmt prints configuration files in a uniform layout: "Key = Value" with the usual
spelling of keys, lists separated by ", ", and an empty line between sections. It
keeps comments, the order of lines and the meaning. "-" is standard input.`

const fmtExample = `  wgctrl fmt wg0.conf           print the file, formatted
  wgctrl fmt -w wg0.conf        rewrite it
  wgctrl fmt -l *.conf          list files with another layout; exit with 1 if there are any`

func newFmt() *cobra.Command {
	var write, list bool
	cmd := &cobra.Command{
		Use:     "fmt FILE...",
		Short:   "Format configuration files",
		Long:    fmtLong,
		Example: fmtExample,
		Args:    requireArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, runFmt(cmd, path, write, list))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&write, "write", "w", false, "rewrite the files instead of printing them")
	cmd.Flags().BoolVarP(&list, "list", "l", false, "list the files with another layout instead of printing them")
	return cmd
}

func runFmt(cmd *cobra.Command, path string, write, list bool) error {
	f, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		return err
	}
	before, after := f.AppendTo(nil), f.Formatted().AppendTo(nil)
	same := bytes.Equal(before, after)
	if list && !same {
		fmt.Fprintln(cmd.OutOrStdout(), path)
	}
	switch {
	case write && path == "-":
		return errors.New("fmt -w: cannot rewrite standard input")
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

// rewrite replaces the content of a file atomically. It keeps the mode and owner,
// and follows a symbolic link.
func rewrite(path string, text []byte) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	// CreateTemp uses mode 0600, which protects the keys in the file.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".wgctrl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // err already says what failed
		}
	}()
	_, err = tmp.Write(text)
	err = errors.Join(err, keepOwner(tmp, info), tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
