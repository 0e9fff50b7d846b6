package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
)

// section is a titled part of the help and of the manual page. Lines of the form
// "  TERM  description" are a list; lines that are indented further continue an
// element.
type section struct{ title, text string }

// reference are the sections that follow the flags of wgctrl.
var reference = []section{
	{"Exit status", `  0    success
  1    error; something was found, with doctor
  2    something changed, with sync --detailed-exitcode; error, with doctor
  130  interrupted by Ctrl-C
  143  ended by SIGTERM`},
	{"Environment", `  WG_COLOR_MODE  "always" makes show use colours, and "never" prevents it; the default,
                 "auto", uses them on a terminal
  NO_COLOR       if set and not empty, no command uses colours, unless WG_COLOR_MODE
                 is "always"
  WG_HIDE_KEYS   "never" makes show print private, preshared and header protection keys
  WG_ENDPOINT_RESOLUTION_RETRIES
                 how often the lookup of a host name is retried: a number, or
                 "infinity"; the default is 15
  WG_QUICK_USERSPACE_IMPLEMENTATION
                 program that up starts if the kernel has no WireGuard; the default is
                 wireguard-go
  GOGC           how much memory wgctrl may use to save CPU time: the percentage for
                 Go's garbage collector; the default is 400, and 100 for watch, top,
                 show --watch and reresolve --watch`},
	{"Files", `  /var/run/wireguard/NAME.sock
                 socket of the userspace device NAME
  /var/run/amneziawg/NAME.sock
                 socket of the userspace device NAME of AmneziaWG
  /run/netns/NAME
                 network namespace of --netns NAME
  /etc/wireguard/*.conf, /etc/amnezia/amneziawg/*.conf
                 files from which show, watch and top take the names of peers, and that
                 doctor compares with the devices
  /etc/wireguard/DEVICE.conf
                 file that peer changes together with DEVICE, whose host names reresolve
                 looks up, and that up, down, reload, save, sync, check, fmt and strip use
                 for the argument DEVICE
  /etc/amnezia/amneziawg/DEVICE.conf
                 the same, if /etc/wireguard has no file of DEVICE
  /run/wgctrl/quick
                 what up has made, for down and reload`},
}

// writeHelp writes the help of a command.
func writeHelp(cmd *cobra.Command, _ []string) {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s\n\n", cmp.Or(cmd.Long, cmd.Short+"."))
	fmt.Fprintf(w, "Usage:\n  %s\n", cmd.UseLine())
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	for _, group := range cmd.Groups() {
		fmt.Fprintf(w, "\n%s\n", group.Title)
		for _, sub := range cmd.Commands() {
			if sub.GroupID == group.ID && (sub.IsAvailableCommand() || sub.Name() == helpName) {
				fmt.Fprintf(w, "  %-*s %s\n", cmd.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	writeFlags(w, "Flags", cmd.LocalFlags())
	writeFlags(w, "Global flags", cmd.InheritedFlags())
	if cmd.HasParent() {
		return
	}
	for _, s := range reference {
		fmt.Fprintf(w, "\n%s:\n%s\n", s.title, s.text)
	}
	fmt.Fprintf(w, "\nUse \"%s COMMAND --help\" for the arguments and examples of a command.\n", cmd.Name())
}

// writeFlags writes a list of flags, unless it is empty.
func writeFlags(w io.Writer, title string, flags *pflag.FlagSet) {
	var names, usages []string
	width := 0
	flags.VisitAll(func(f *pflag.Flag) {
		name, usage := flagHelp(f)
		names, usages = append(names, name), append(usages, usage)
		width = max(width, len(name))
	})
	for i := range names {
		if i == 0 {
			fmt.Fprintf(w, "\n%s:\n", title)
		}
		fmt.Fprintf(w, "  %-*s  %s\n", width, names[i], usages[i])
	}
}

// argumentKey is the annotation of a flag that names its argument. Back quotes in the
// usage, which pflag has for that, would be shown by completion.
const argumentKey = "argument"

// nameArgument names the argument of a flag in the help.
func nameArgument(flags *pflag.FlagSet, flag, argument string) {
	if err := flags.SetAnnotation(flag, argumentKey, []string{argument}); err != nil {
		panic(err) // the flag does not exist
	}
}

// argumentOf returns the name of a flag's argument.
func argumentOf(f *pflag.Flag) string { return strings.Join(f.Annotations[argumentKey], "") }

// flagHelp returns the names of a flag with its argument, and its description with
// the default.
func flagHelp(f *pflag.Flag) (name, usage string) {
	name, usage = "    --"+f.Name, f.Usage
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", --" + f.Name
	}
	if _, ok := f.Value.(*durationFlag); ok {
		usage += ", in seconds or as in 500ms"
	}
	if f.Value.Type() != "bool" {
		argument := " " + argumentOf(f)
		if f.NoOptDefVal != "" {
			argument = "[=" + argumentOf(f) + "]"
		}
		name += argument
		if value := strings.Trim(f.DefValue, "[]"); value != "" && value != "0" {
			usage += " (default " + value + ")"
		}
	}
	return name, usage
}

const helpName = "help"

// newHelp returns the command help.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     helpName + " [COMMAND]",
		Short:   "Print the help of a command",
		Long:    `help prints the help of COMMAND or, without one, of wgctrl.`,
		Example: "  wgctrl help set",
		Args:    cobra.ArbitraryArgs,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			parent, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, sub := range parent.Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, sub.Name()+"\t"+sub.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return err
			case len(rest) > 0 && found.HasAvailableSubCommands():
				return unknownCommand(found, rest)
			case len(rest) > 0:
				return fmt.Errorf("help: unexpected argument %q; usage: %s", keytext.HideLong(rest[0]), cmd.UseLine())
			}
			found.InitDefaultHelpFlag() // adds the global flags, as --help does
			return found.Help()
		},
	}
}
