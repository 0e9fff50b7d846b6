package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan(*clientFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long:  `man prints the manual page for man(1). It has the same text as the help.`,
		Example: `  wgctrl man | man -l -
  wgctrl man > /usr/local/share/man/man8/wgctrl.8`,
		Args:              exactArgs(),
		ValidArgsFunction: noCompletion,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeMan(cmd.OutOrStdout(), newRoot(nil))
		},
	}
}

func writeMan(out io.Writer, root *cobra.Command) error {
	m := &manual{bufio.NewWriter(out)}
	m.macro("TH", strings.ToUpper(root.Name()), "8")
	m.macro("SH", "NAME")
	m.text(root.Name() + ` \- ` + escape(root.Short))
	m.macro("SH", "SYNOPSIS")
	m.text(`\fB` + root.Name() + `\fR` + escape(strings.TrimPrefix(root.UseLine(), root.Name())))
	m.macro("SH", "DESCRIPTION")
	m.prose(root.Long)
	m.macro("SH", "FLAGS")
	m.text("These flags apply to every command. With " + `\fBset\fR` + ", they must come before the command.")
	m.flags(root.PersistentFlags())
	m.macro("PP")
	m.text("Without a command:")
	m.flags(root.LocalNonPersistentFlags())
	m.macro("SH", "COMMANDS")
	m.commands(root)
	for _, s := range reference {
		m.macro("SH", strings.ToUpper(s.title))
		m.prose(s.text)
	}
	m.macro("SH", "EXAMPLES")
	m.examples(root.Example)
	m.macro("SH", "SEE ALSO")
	m.text(`\fBwg\fR(8), \fBwg\-quick\fR(8), \fBawg\fR(8), \fBip\fR(8), \fBip\-netns\fR(8)`)
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

// text writes a line of markup.
func (m *manual) text(line string) { fmt.Fprintln(m, line) }

// prose writes the paragraphs and lists of a section.
func (m *manual) prose(text string) {
	for line := range strings.Lines(text) {
		term, description, isTerm := cutTerm(strings.TrimRight(line, "\n"))
		switch {
		case isTerm:
			m.macro("TP")
			m.text(`\fB` + escape(term) + `\fR`)
		case description == "":
			m.macro("PP")
		}
		if description != "" {
			m.text(escape(description))
		}
	}
}

// cutTerm splits a line "  TERM  description" of a list. A term may stand alone on
// its line. Of other lines, description is the line without its indentation.
func cutTerm(line string) (term, description string, isTerm bool) {
	const indent = "  "
	rest, indented := strings.CutPrefix(line, indent)
	if !indented || strings.HasPrefix(rest, " ") {
		return "", strings.TrimSpace(line), false
	}
	term, description, _ = strings.Cut(rest, indent)
	return term, strings.TrimSpace(description), true
}

// commands writes the commands of a command, and theirs.
func (m *manual) commands(parent *cobra.Command) {
	for _, cmd := range parent.Commands() {
		if cmd.IsAvailableCommand() {
			m.command(cmd)
			m.commands(cmd)
		}
	}
}

func (m *manual) command(cmd *cobra.Command) {
	m.macro("SS", strings.TrimSuffix(cmd.UseLine(), " [flags]"))
	m.prose(cmd.Short + ".")
	if cmd.Long != "" {
		m.macro("PP")
		m.prose(cmd.Long)
	}
	m.flags(cmd.LocalFlags())
	if cmd.Example != "" {
		m.macro("PP")
		m.text("Examples:")
		m.examples(cmd.Example)
	}
}

func (m *manual) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		name, usage := flagHelp(f)
		m.macro("TP")
		m.text(`\fB` + escape(strings.TrimSpace(name)) + `\fR`)
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
