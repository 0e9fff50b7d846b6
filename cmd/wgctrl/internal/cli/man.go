package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long:  `man prints the manual page for man(1). It has the same text as the help.`,
		Example: `  wgctrl man | man -l -
  wgctrl man > /usr/local/share/man/man8/wgctrl.8`,
		Args:              exactArgs(),
		ValidArgsFunction: noCompletion,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeMan(cmd.OutOrStdout(), cmd.Root())
		},
	}
}

func writeMan(out io.Writer, root *cobra.Command) error {
	m := &manual{bufio.NewWriter(out)}
	m.macro("TH", strings.ToUpper(root.Name()), "8")
	m.macro("SH", "NAME")
	m.text(root.Name() + ` \- ` + escape(root.Short))
	m.macro("SH", "SYNOPSIS")
	m.text(`\fB` + root.Name() + `\fR [flags] [command]`)
	m.macro("SH", "DESCRIPTION")
	m.prose(root.Long)
	m.macro("SH", "FLAGS")
	m.flags(root.PersistentFlags())
	m.macro("SH", "COMMANDS")
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() {
			m.command(cmd)
		}
	}
	m.macro("SH", "EXAMPLES")
	m.examples(root.Example)
	m.macro("SH", "SEE ALSO")
	m.text(`\fBwg\fR(8), \fBwg\-quick\fR(8), \fBip\fR(8)`)
	return m.Flush()
}

// manual writes the markup of man(7).
type manual struct{ *bufio.Writer }

func (m *manual) macro(name string, args ...string) {
	fmt.Fprintf(m, ".%s", name)
	for _, arg := range args {
		fmt.Fprintf(m, " %q", arg)
	}
	fmt.Fprintln(m)
}

// text writes a line that is already escaped.
func (m *manual) text(line string) { fmt.Fprintln(m, line) }

// prose writes paragraphs, which are separated by empty lines.
func (m *manual) prose(text string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			m.macro("PP")
		} else {
			m.text(escape(line))
		}
	}
}

func (m *manual) command(cmd *cobra.Command) {
	m.macro("SS", cmd.UseLine())
	m.prose(cmd.Short + ".")
	if cmd.Long != "" {
		m.macro("PP")
		m.prose(cmd.Long)
	}
	m.flags(cmd.LocalFlags())
	if cmd.Example != "" {
		m.macro("PP")
		m.examples(cmd.Example)
	}
	for _, sub := range cmd.Commands() {
		m.command(sub)
	}
}

func (m *manual) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		m.macro("TP")
		m.text(strings.TrimSpace(`\fB` + escape(name) + `\fR ` + escape(value)))
		m.text(escape(usage))
	})
}

func (m *manual) examples(text string) {
	m.macro("EX")
	for line := range strings.Lines(text) {
		m.text(escape(strings.TrimRight(line, "\n")))
	}
	m.macro("EE")
}

// escape protects text from being interpreted as markup.
func escape(line string) string {
	line = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(line)
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		line = `\&` + line
	}
	return line
}
