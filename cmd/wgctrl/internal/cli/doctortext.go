package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// reportWidth is the width of the text, unless a word is longer.
const reportWidth = 80

// manyFindings is how many findings of one kind are printed for a device.
const manyFindings = 10

// writeReport writes the findings as text.
func writeReport(w io.Writer, r doctor.Report) error {
	text := &reportText{colours: usesColours(w)}
	count := make(map[string]int)
	for i := range r.Findings {
		f := &r.Findings[i]
		kind := fmt.Sprint(f.Device, f.ID)
		if count[kind]++; count[kind] <= manyFindings {
			text.finding(f)
		}
	}
	text.summary(r, count)
	text.notes(r.NotChecked)
	_, err := w.Write(text.Bytes())
	return err
}

// usesColours reports whether text on w has colours.
func usesColours(w io.Writer) bool {
	mode, _ := lookupEnv("WG_COLOR_MODE")
	return mode == "always" || mode != "never" && isTerminal(w)
}

// reportText is the text of a report.
type reportText struct {
	bytes.Buffer
	colours bool
}

// severityColour returns an escape sequence.
func severityColour(s doctor.Severity) string {
	switch s {
	case doctor.Error:
		return "\x1b[1;31m"
	case doctor.Warning:
		return "\x1b[1;33m"
	case doctor.Notice:
		return "\x1b[1;36m"
	}
	return ""
}

func (t *reportText) finding(f *doctor.Finding) {
	severity := string(f.Severity)
	if t.colours {
		severity = severityColour(f.Severity) + severity + "\x1b[0m"
	}
	fmt.Fprintf(t, "%s%s: %s\n", prefixOf(f.Device), severity, f.ID)
	t.paragraph("  ", sentence(f.Summary))
	if !f.Peer.IsZero() {
		line := "    peer " + f.Peer.String()
		if f.PeerName != "" {
			line += " (" + f.PeerName + ")"
		}
		fmt.Fprintln(t, termtext.Clean(line))
	}
	for _, line := range f.Evidence {
		t.paragraph("    ", line)
	}
	t.paragraph("  ", "Remedy: "+f.Remedy)
	fmt.Fprintln(t)
}

// prefixOf returns "NAME: " for a device.
func prefixOf(ref wgtypes.DeviceRef) string {
	if ref.Name == "" {
		return ""
	}
	return termtext.Clean(ref.Name) + ": "
}

// sentence returns text with a capital letter and a full stop.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// paragraph writes text in lines that begin with indent. The indentation of text
// itself is kept, and further lines are indented more.
func (t *reportText) paragraph(indent, text string) {
	text = termtext.Clean(text)
	words := strings.Fields(text)
	indent += text[:len(text)-len(strings.TrimLeft(text, " "))]
	line := indent
	for i, word := range words {
		if i > 0 && termtext.Width(line)+1+termtext.Width(word) > reportWidth {
			fmt.Fprintln(t, line)
			line = indent + "  " + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(t, line)
}

// summary writes how many findings each device has.
func (t *reportText) summary(r doctor.Report, count map[string]int) {
	perDevice := make(map[wgtypes.DeviceRef]int)
	for i := range r.Findings {
		perDevice[r.Findings[i].Device]++
	}
	for _, ref := range r.Checked {
		switch n := perDevice[ref]; n {
		case 0:
			fmt.Fprintf(t, "%snothing found\n", prefixOf(ref))
		case 1:
			fmt.Fprintf(t, "%s1 finding\n", prefixOf(ref))
		default:
			fmt.Fprintf(t, "%s%d findings\n", prefixOf(ref), n)
		}
		for _, id := range doctor.IDs() {
			if n := count[fmt.Sprint(ref, id)] - manyFindings; n > 0 {
				fmt.Fprintf(t, "  %d more of %s are not shown; use --json to see them\n", n, id)
			}
		}
	}
	if len(r.Checked) == 0 && len(r.Findings) == 0 {
		fmt.Fprintln(t, "no WireGuard devices found")
	}
}

// notes writes what was not checked, in one line for each device and reason.
func (t *reportText) notes(notes []doctor.Note) {
	for i := 0; i < len(notes); {
		first := notes[i]
		var topics []string
		for ; i < len(notes) && notes[i].Device == first.Device && notes[i].Reason == first.Reason; i++ {
			topics = append(topics, string(notes[i].What))
		}
		t.paragraph("", prefixOf(first.Device)+"not checked: "+strings.Join(topics, ", ")+": "+first.Reason)
	}
}
