package doctor_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
)

// document returns docs/doctor.md.
func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../../docs/doctor.md")
	if err != nil {
		t.Skip("needs the source tree")
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// documented matches the ID and the severity in a row of the table of findings.
var documented = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (error|warning|notice) \\| [^|]+ \\| [^|]+ \\| [^|]+ \\|$")

// TestDocumentedIDs compares the table of findings with the code: IDs and their order,
// and the severity of what the cases of TestFindings find.
func TestDocumentedIDs(t *testing.T) {
	t.Parallel()
	var ids []doctor.ID
	severities := make(map[doctor.ID]doctor.Severity)
	for _, row := range documented.FindAllStringSubmatch(document(t), -1) {
		ids = append(ids, doctor.ID(row[1]))
		severities[doctor.ID(row[1])] = doctor.Severity(row[2])
	}
	if want := doctor.IDs(); !slices.Equal(ids, want) {
		t.Errorf("docs/doctor.md has the IDs %q, want %q", ids, want)
	}
	for _, test := range allCases() {
		if test.name == "packets arrive" { // documented as an exception
			continue
		}
		s := test.base()
		test.have(s)
		for _, f := range doctor.Diagnose(s).Findings {
			if f.ID == test.id && f.Severity != severities[f.ID] {
				t.Errorf("%s: %s has the severity %s, want %s as in docs/doctor.md", test.name, f.ID, f.Severity, severities[f.ID])
			}
		}
	}
}

// TestDocumentedMembers checks that the document names the members of the JSON output.
func TestDocumentedMembers(t *testing.T) {
	t.Parallel()
	_, text, _ := strings.Cut(document(t), "## What is in the JSON output?")
	for _, value := range []any{doctor.Report{}, doctor.Finding{}, doctor.Note{}} {
		kind := reflect.TypeOf(value)
		for field := range kind.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" || !strings.Contains(text, "`"+name+"`") {
				t.Errorf("docs/doctor.md lacks the member %q of %s, want every member", name, kind)
			}
		}
	}
}
