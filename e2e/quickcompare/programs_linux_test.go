package quickcompare

import "strings"

// A subject is a program that does what wg-quick does.
type subject struct {
	name    string
	program string
}

var (
	reference = subject{"wg-quick", referenceProgram}
	ours      = subject{"quick", packageProgram}
	command   = subject{"wgctrl", commandProgram}
)

// run runs the subject under the name wg-quick.
func (s subject) run(w *world, env []string, args ...string) (outcome, error) {
	program, argv := s.program, append([]string{"wg-quick"}, args...)
	if s == reference {
		// The kernel replaces argv[0] of a script by its path.
		program, argv = "/bin/bash", append([]string{"bash", s.program}, args...)
	}
	return w.run(program, argv, env...)
}

// said returns the exit code and the lines that wg-quick prints itself. Messages of
// the programs that it calls are left out, and so is the fall-back to a userspace
// program.
func said(o outcome) run {
	r := run{Code: o.code, Lines: []string{}}
	for line := range strings.Lines(o.stderr) {
		line = strings.TrimSuffix(line, "\n")
		is := func(prefix string) bool { return strings.HasPrefix(line, prefix) }
		switch {
		case is("[#] " + userspaceProgram), is("[!] Missing WireGuard kernel module."):
		case is("[#] "), is("[!] "), is("Warning: `"):
			r.Lines = append(r.Lines, line)
		case is("wg-quick: ") && !is("wg-quick: line "): // that of a shell
			r.Errors = append(r.Errors, line)
		}
	}
	return r
}
