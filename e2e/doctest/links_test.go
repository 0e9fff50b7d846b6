package doctest

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestLinks checks that the targets of links inside the repository exist.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	followed := 0
	for _, d := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(d.text, -1) {
			target, section, _ := strings.Cut(m[1], "#")
			if strings.Contains(m[1], "://") {
				continue
			}
			followed++
			file := d.name
			if target != "" {
				file = path.Join(path.Dir(d.name), target)
			}
			text, err := os.ReadFile(path.Join(root, file))
			if info, serr := os.Stat(path.Join(root, file)); err != nil && (serr != nil || !info.IsDir()) {
				t.Errorf("%s links to %s, which does not exist, want an existing file", d.name, m[1])
			}
			if section != "" && !hasSection(string(text), section) {
				t.Errorf("%s links to %s, which lacks the section, want a heading of the file", d.name, m[1])
			}
		}
	}
	if followed < 20 {
		t.Errorf("checked %d links, want at least 20", followed)
	}
}

// hasSection reports whether text has a heading whose anchor is section.
func hasSection(text, section string) bool {
	unspoken := regexp.MustCompile("[^a-z0-9 _-]")
	for line := range strings.Lines(text) {
		heading := strings.TrimLeft(line, "#")
		if heading != line && strings.ReplaceAll(unspoken.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-") == section {
			return true
		}
	}
	return false
}
