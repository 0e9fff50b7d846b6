package exporter_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/prometheus/internal/exporter"
)

// TestDocument compares the flags in docs/exporter.md and in the manual page with
// those of the command, and the alerts in docs/exporter.md with those of the rules.
func TestDocument(t *testing.T) {
	t.Parallel()
	text := read(t, "..", "docs", "exporter.md")
	var help bytes.Buffer
	exporter.Run(t.Context(), []string{"--help"}, &help, &help)
	flags := `--([a-z][a-z.-]+)`
	there := append(found(help.String(), `(?m)^ +(--[a-z.-]+)`, flags), "help")
	same(t, "flag", found(text, "(?m)^\\| (`--.*?) \\|", flags), there)
	manual := strings.ReplaceAll(read(t, "wgctrl-exporter.8"), `\-`, "-")
	same(t, "flag", found(manual, `(?m)^\\fB(--.*)\\fR`, flags), there)
	same(t, "alert", found(text, "(?m)^\\| (`WireGuard\\w+`)", `WireGuard\w+`),
		found(read(t, "alerts", "wireguard.yml"), `- alert: (\w+)`, `WireGuard\w+`))
}

// found returns the matches of word within the matches of place.
func found(text, place, word string) (all []string) {
	for _, m := range regexp.MustCompile(place).FindAllStringSubmatch(text, -1) {
		for _, w := range regexp.MustCompile(word).FindAllStringSubmatch(m[1], -1) {
			all = append(all, w[len(w)-1])
		}
	}
	return all
}

func same(t *testing.T, what string, documented, real []string) {
	t.Helper()
	slices.Sort(documented)
	slices.Sort(real)
	if len(real) < 2 || !slices.Equal(documented, real) {
		t.Errorf("the document has the %ss\n%q, want\n%q", what, documented, real)
	}
}
