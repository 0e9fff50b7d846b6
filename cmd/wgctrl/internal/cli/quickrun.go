package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/tunnel"
	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// quickFlags are the flags of up, down, reload and save.
type quickFlags struct {
	dryRun       bool
	json         bool
	verbose      bool
	resolveLater bool
	splitDNS     bool
	configDir    string
}

// newQuick returns the command of package quick for a verb.
func newQuick(cf *clientFlags, v quick.Verb, short, long, example string) *cobra.Command {
	var f quickFlags
	complete := completeFile(&f.configDir)
	cmd := &cobra.Command{
		Use:         v.String() + " (INTERFACE | FILE)",
		Short:       short,
		Long:        long,
		Example:     example,
		Annotations: undoes(),
		Args:        exactArgs("INTERFACE"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return noCompletion(cmd, args, toComplete)
			}
			return complete(cmd, args, toComplete)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.json && f.verbose {
				return fmt.Errorf("%s: --json and --verbose exclude each other", v)
			}
			return f.run(cmd, cf, v, args[0])
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the steps and change nothing")
	flags.BoolVar(&f.json, "json", false, "print the steps as JSON")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print the commands of wg-quick(8) for the steps on standard error")
	if v == quick.VerbUp || v == quick.VerbReload {
		flags.BoolVar(&f.resolveLater, "resolve-later", false, "leave out endpoints whose host names have no address; reresolve sets them later")
		flags.BoolVar(&f.splitDNS, "split-dns", false, "use the DNS servers for names in the search domains only")
	}
	configDirFlag(cmd, &f.configDir, false)
	return cmd
}

// run runs a verb on the tunnel that an argument names, and prints the result.
func (f *quickFlags) run(cmd *cobra.Command, cf *clientFlags, v quick.Verb, arg string) error {
	t, err := f.tunnel(cmd, v, arg)
	if err != nil {
		return err
	}
	r := quickResult{verb: v, tunnel: t, dryRun: f.dryRun}
	o, err := f.options(cmd, cf, &r)
	if err != nil {
		return err
	}
	outer := *cf
	outer.netNS = "" // the UDP socket of the interface stays in the namespace of the process
	err = outer.run(cmd, func(c *wgctrl.Client) error { return hideHost(r.run(cmd.Context(), c, o)) })
	if err != nil {
		return err
	}
	if f.json {
		return writeJSON(cmd.OutOrStdout(), r.form())
	}
	_, err = io.WriteString(cmd.OutOrStdout(), r.text())
	return err
}

// hideHost hides a host name that may be a key in the error of a lookup.
func hideHost(err error) error {
	if _, isLookup := errors.AsType[*net.DNSError](err); isLookup {
		return &lookupError{err}
	}
	return err
}

// tunnel returns the tunnel that an argument names. To take an interface down, its file
// may be missing.
func (f *quickFlags) tunnel(cmd *cobra.Command, v quick.Verb, arg string) (*quick.Tunnel, error) {
	path := argumentFile(f.configDir, arg)
	name, ok := tunnel.Name(path)
	if !ok {
		return nil, fmt.Errorf("%s: invalid file %q: must be named INTERFACE.conf", v, path)
	}
	text, err := conffile.Read(cmd.InOrStdin(), path)
	if v == quick.VerbDown && errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(cmd.ErrOrStderr(), "wgctrl: %s; no hooks run\n", termtext.Clean(err.Error()))
		return &quick.Tunnel{Name: name}, nil
	}
	if err != nil {
		return nil, err
	}
	if p, ok := exposed(path); ok && v != quick.VerbDown {
		fmt.Fprintf(cmd.ErrOrStderr(), "wgctrl: %s\n", p)
	}
	return tunnel.Parse(name, tunnel.Target(path), text, v, wgconf.DialectAWGQuick)
}

// options returns the options of package quick. Steps are added to r.
func (f *quickFlags) options(cmd *cobra.Command, cf *clientFlags, r *quickResult) (quick.Options, error) {
	retries, err := resolve.ParseRetries(os.Getenv("WG_ENDPOINT_RESOLUTION_RETRIES"))
	if err != nil {
		return quick.Options{}, fmt.Errorf("WG_ENDPOINT_RESOLUTION_RETRIES: %w", err)
	}
	if f.resolveLater {
		retries = resolve.RetryNever
	}
	w := cmd.ErrOrStderr()
	o := quick.Options{
		NetNS: cf.netNS, Program: cmd.Root().Name(), Userspace: os.Getenv(userspaceVariable),
		Stdin: cmd.InOrStdin(), Stdout: directOutput(cmd.OutOrStdout()), Stderr: w,
		Resolve: resolve.Options{Retries: retries, OnRetry: retryReporter(w)}, ResolveLater: f.resolveLater,
		SplitDNS: f.splitDNS,
		OnStep: func(s quick.Step) {
			r.steps = append(r.steps, s)
			if f.verbose {
				fmt.Fprintf(w, "[#] %s\n", termtext.Clean(s.Command()))
			}
		},
		OnWarning: func(err error) { fmt.Fprintf(w, "wgctrl: %s\n", warningText(err)) },
	}
	if f.json {
		o.Stdout = w // what hooks print is not JSON
	}
	return o, nil
}

// userspaceVariable is the environment variable that names the program which makes the
// interface if the kernel has no WireGuard.
const userspaceVariable = "WG_QUICK_USERSPACE_IMPLEMENTATION"

// directOutput returns the file behind w, which programs can write to after the command
// has ended, or w.
func directOutput(w io.Writer) io.Writer {
	if f := fileOf(w); f != nil {
		return f
	}
	return w
}

// warningText returns the text of a warning on one line. It hides host names that may be
// keys.
func warningText(err error) string {
	unresolved, ok := errors.AsType[*resolve.UnresolvedError](err)
	if !ok {
		return termtext.Clean(hideHost(err).Error())
	}
	var lines []string
	for _, p := range unresolved.Peers {
		lines = append(lines, fmt.Sprintf("%s: peer %s has no endpoint until reresolve sets it", keytext.Hide(p.Err.Error()), p.PublicKey))
	}
	return termtext.Clean(strings.Join(lines, "; "))
}

// quickResult is what a command of package quick did to a tunnel or, in a dry run, would
// do.
type quickResult struct {
	verb   quick.Verb
	tunnel *quick.Tunnel
	dryRun bool
	steps  []quick.Step
}

// run runs the verb.
func (r *quickResult) run(ctx context.Context, c *wgctrl.Client, o quick.Options) error {
	if r.dryRun {
		steps, err := quick.Plan(ctx, c, r.verb, r.tunnel, o)
		for _, s := range steps {
			o.OnStep(s)
		}
		return err
	}
	verbs := map[quick.Verb]func(context.Context, *wgctrl.Client, *quick.Tunnel, quick.Options) error{
		quick.VerbUp: quick.Up, quick.VerbDown: quick.Down, quick.VerbReload: quick.Reload, quick.VerbSave: quick.Save,
	}
	return verbs[r.verb](ctx, c, r.tunnel, o)
}

// text returns a line that says what was done, or the steps of a dry run.
func (r *quickResult) text() string {
	name := r.tunnel.Name
	switch {
	case len(r.steps) == 0:
		return name + ": nothing to change\n"
	case r.dryRun:
		var b strings.Builder
		for _, s := range r.steps {
			fmt.Fprintln(&b, termtext.Clean(s.String()))
		}
		return b.String()
	}
	switch r.verb {
	case quick.VerbUp, quick.VerbDown:
		return fmt.Sprintf("%s: %s\n", name, r.verb)
	case quick.VerbSave:
		return fmt.Sprintf("%s: saved to %s\n", name, termtext.Clean(r.tunnel.Path))
	}
	return fmt.Sprintf("%s: %s\n", name, plural(len(r.steps), "change"))
}

// quickForm is the JSON form of a quickResult.
type quickForm struct {
	Interface string      `json:"interface"`
	File      string      `json:"file,omitempty"`
	Verb      string      `json:"verb"`
	DryRun    bool        `json:"dry_run"`
	Steps     []quickStep `json:"steps"`
}

type quickStep struct {
	Step    string `json:"step"`
	Command string `json:"command"`
}

func (r *quickResult) form() quickForm {
	form := quickForm{Interface: r.tunnel.Name, File: r.tunnel.Path, Verb: r.verb.String(), DryRun: r.dryRun, Steps: []quickStep{}}
	for _, s := range r.steps {
		form.Steps = append(form.Steps, quickStep{s.String(), s.Command()})
	}
	return form
}

// undoesKey is the annotation of a command that undoes what it has done if it is
// interrupted, such as a change of a device, a new file or the mode of the terminal.
const undoesKey = "undoes"

// undoes returns the annotations of such a command.
func undoes() map[string]string { return map[string]string{undoesKey: "true"} }

// Grace returns how long the command args[0] with the arguments args[1:] may take to end
// after a signal.
func Grace(args []string) time.Duration {
	const normal, undo = time.Second, 40 * time.Second
	if _, ok := quickProgramOf(args[0], runtime.GOOS); ok {
		return undo
	}
	cmd, _, err := newRoot(args[1:]).Traverse(args[1:])
	if err != nil || cmd.Annotations[undoesKey] == "" {
		return normal
	}
	return undo
}
