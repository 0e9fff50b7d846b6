package wgconf

import (
	"fmt"
	"strings"
)

// openLine is a line whose value may go on in the next line. In WireGuard's files
// a value ends with its line; in many others it does not.
type openLine struct {
	line    int  // 0 if there is none
	key     *key // whose value it is
	open    bool // it ends with a backslash or a comma
	counted bool // it has an error beyond maxProblems
	joined  *joined
}

// joined are values that go on over several lines, which one Problem reports.
type joined struct {
	problem *Problem
	lines   [][2]int // first and last
	more    int      // values beyond maxJoined
}

// maxJoined is the largest number of values whose lines a Problem lists.
const maxJoined = 5

func endsOpen(value string) bool {
	return strings.HasSuffix(value, `\`) || strings.HasSuffix(value, ",")
}

// continues reports whether the current line, which is unrecognized, is probably
// the rest of the value above it: it follows a hook or an open value, and does not
// look like a setting.
func (r *reader) continues() bool {
	above := &r.above
	if above.line == 0 || above.line != r.number-1 || above.key.form != hook && !above.open {
		return false
	}
	if strings.IndexByte("[;", r.value[0]) >= 0 || misspelled(r.value, r.dialect.allKeys()) != nil {
		return false
	}
	name, _, pair := strings.Cut(r.value, "=")
	name = trim(name)
	return !pair || !isWord(name) || above.open && find(r.dialect.allKeys(), name) == nil || name == "" || name[0] == '-'
}

// join reports the current line as the rest of the value above it. Hooks share one
// Problem.
func (r *reader) join() {
	j := r.above.joined
	if j == nil {
		j = r.startJoined()
	}
	if last := len(j.lines) - 1; r.above.joined != nil {
		j.lines[last][1] = r.number
	} else if len(j.lines) < maxJoined {
		j.lines = append(j.lines, [2]int{r.above.line, r.number})
	} else {
		j.more++
	}
	r.above = openLine{line: r.number, key: r.above.key, open: endsOpen(r.value), joined: j}
}

func (r *reader) startJoined() *joined {
	key := r.above.key
	if key.form == hook && r.hooks != nil {
		return r.hooks
	}
	// The value above is incomplete, and so its error.
	if last := len(r.problems) - 1; last >= 0 && r.problems[last].Line == r.above.line {
		r.problems = r.problems[:last]
	} else if r.above.counted {
		r.more--
	}
	j := &joined{problem: &Problem{Line: r.number, Section: r.section.String(), Key: key.name, Err: ErrUnrecognized}}
	if r.report(&r.problems, j.problem) {
		r.joined = append(r.joined, j)
	}
	if key.form == hook {
		r.hooks = j
	}
	return j
}

// explain sets the Reason of j's Problem.
func (j *joined) explain() {
	var lines []string
	for _, l := range j.lines {
		lines = append(lines, fmt.Sprintf("%d-%d", l[0], l[1]))
	}
	j.problem.Reason = fmt.Sprintf("%s does not continue on the next line: join lines %s", j.problem.Key, strings.Join(lines, ", "))
	if j.more > 0 {
		j.problem.Reason += fmt.Sprintf(" and %d more", j.more)
	}
}
