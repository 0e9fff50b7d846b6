package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/wgconf"
)

const checkLong = `check prints the errors and warnings in configuration files with their line numbers. Of
a line with several errors, it prints the first. A warning is about a setting that is
valid but may not be what you want, about a file that everyone can access, or about
two files with the same private key.

FILE is a file of wg-quick(8) or of one of the programs that --dialect names; "-" is
standard input. The default accepts the keys of all of them. DEVICE, a name without a
slash and without ".conf" that is not a file, stands for /etc/wireguard/DEVICE.conf or,
if only that exists, /etc/amnezia/amneziawg/DEVICE.conf. DIRECTORY stands for all files
in it that end with ".conf". Without an argument, check looks at /etc/wireguard.

If a file contains only a key, check looks only at its permissions. check resolves no
host names and uses no device.

The exit code is 1 if a file has an error.`

// dialects are the values of --dialect.
var dialects = []wgconf.Dialect{wgconf.DialectWG, wgconf.DialectWGQuick, wgconf.DialectAWG, wgconf.DialectAWGQuick}

func newCheck(*clientFlags) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:        "check [FILE | DEVICE | DIRECTORY]...",
		SuggestFor: []string{"lint", "validate", "verify"},
		Short:      "Print the errors and warnings in configuration files",
		Long:       checkLong,
		Example: `  wgctrl check                                    all files in /etc/wireguard
  wgctrl check wg0                                /etc/wireguard/wg0.conf
  wgctrl check --dialect wg-quick wg0.conf        parameters of AmneziaWG are errors
  wgctrl check --json | jq -r '.[] | select(.severity == "error") | .file'
  wgctrl showconf wg0 | wgctrl check --wg -`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeFile(&f.configDir),
		RunE:              func(cmd *cobra.Command, args []string) error { return runCheck(cmd, args, f) },
	}
	cmd.Flags().BoolVar(&f.wg, "wg", false, "the same as --dialect wg")
	cmd.Flags().StringVar(&f.dialect, "dialect", wgconf.DialectAWGQuick.String(),
		"reject keys that this program does not know: "+orList(dialectNames()))
	cmd.Flags().BoolVar(&f.json, "json", false, "print a JSON array of the errors and warnings")
	nameArgument(cmd.Flags(), "dialect", "program")
	registerCompletion(cmd, "dialect", cobra.FixedCompletions(dialectNames(), cobra.ShellCompDirectiveNoFileComp))
	configDirFlag(cmd, &f.configDir, false)
	return cmd
}

func dialectNames() []string {
	var names []string
	for _, d := range dialects {
		names = append(names, d.String())
	}
	return names
}

// checkFlags are the flags of check.
type checkFlags struct {
	wg        bool
	dialect   string
	configDir string
	json      bool
}

// parsedDialect returns the dialect of --wg and --dialect.
func (f *checkFlags) parsedDialect(cmd *cobra.Command) (d wgconf.Dialect, err error) {
	switch {
	case f.wg && cmd.Flags().Changed("dialect"):
		return d, errors.New("check: --wg and --dialect exclude each other")
	case f.wg:
		return wgconf.DialectWG, nil
	}
	i := slices.Index(dialectNames(), f.dialect)
	if i < 0 {
		return d, fmt.Errorf("invalid --dialect %q: must be %s", f.dialect, orList(dialectNames()))
	}
	return dialects[i], nil
}

// runCheck prints the problems of the files that args name.
func runCheck(cmd *cobra.Command, args []string, f checkFlags) error {
	dialect, err := f.parsedDialect(cmd)
	if err != nil {
		return err
	}
	targets, err := f.targets(args)
	problems := []checkProblem{} // a list in JSON
	keys := make(ownKeys)
	wrong := false
	for _, t := range targets {
		found, readErr := t.findProblems(cmd.InOrStdin(), dialect, keys)
		switch {
		case readErr == nil:
		case f.json:
			found = append(found, checkProblem{File: confName(t.path), Severity: severityError, Message: readErr.Error()})
		default:
			err = errors.Join(err, readErr)
		}
		for _, p := range found {
			if !f.json {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), p); err != nil {
					return err
				}
			}
			wrong = wrong || p.Severity == severityError
		}
		problems = append(problems, found...)
	}
	if f.json {
		err = errors.Join(err, writeJSON(cmd.OutOrStdout(), problems))
	}
	if wrong {
		err = errors.Join(err, errReported)
	}
	return err
}

// checkTarget is a file to check, or a directory whose files cannot be checked.
type checkTarget struct {
	path string
	err  error // of the directory
}

// findProblems returns the problems of the file. keys has the keys of earlier files.
func (t checkTarget) findProblems(in io.Reader, dialect wgconf.Dialect, keys ownKeys) ([]checkProblem, error) {
	if t.err != nil {
		return nil, t.err
	}
	return findProblems(in, t.path, dialect, keys)
}

// targets returns the files that args name. A directory stands for its configuration
// files, and no arguments for those of --config-dir.
func (f *checkFlags) targets(args []string) (targets []checkTarget, err error) {
	if len(args) == 0 {
		targets, err = checkedFilesIn(f.configDir)
		if err != nil {
			err = fmt.Errorf("%w; usage: %s", err, "wgctrl check [FILE | DEVICE | DIRECTORY]...")
		}
		return targets, err
	}
	for _, arg := range args {
		path := argumentFile(f.configDir, arg)
		if info, statErr := os.Stat(path); path == "-" || statErr != nil || !info.IsDir() {
			targets = append(targets, checkTarget{path: path})
			continue
		}
		found, dirErr := checkedFilesIn(path)
		if dirErr != nil {
			found = []checkTarget{{path, dirErr}}
		}
		targets = append(targets, found...)
	}
	return targets, nil
}

// checkedFilesIn returns the configuration files in a directory. A directory without any
// is an error.
func checkedFilesIn(dir string) (targets []checkTarget, err error) {
	paths, err := confFilesIn(dir)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("check: %w: %s", err, permissionHint(os.Geteuid()))
	case err != nil:
		return nil, fmt.Errorf("check: %w", err)
	case len(paths) == 0:
		return nil, fmt.Errorf("check: directory %q: no file ends with %q", dir, confSuffix)
	}
	for _, path := range paths {
		targets = append(targets, checkTarget{path: path})
	}
	return targets, nil
}
