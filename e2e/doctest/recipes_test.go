package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// recipes returns the blocks of docs/recipes.md in a language.
func recipes(t *testing.T, language string) (all []block) {
	t.Helper()
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if d.name == "docs/recipes.md" && b.language == language {
				all = append(all, b)
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("docs/recipes.md has 0 blocks of %s, want some", language)
	}
	return all
}

// TestUnits checks the units in docs/recipes.md, whose first lines are comments with
// their names, with systemd-analyze verify.
func TestUnits(t *testing.T) {
	t.Parallel()
	needs(t, "systemd-analyze", "")
	dir := t.TempDir()
	args := []string{"verify", "--man=no"}
	for _, b := range recipes(t, "ini") {
		name, ok := strings.CutPrefix(b.lines[0], "# ")
		if !ok {
			continue
		}
		path := filepath.Join(dir, name)
		// The program must exist.
		text := strings.ReplaceAll(b.text(), "/usr/local/bin/wgctrl", "/bin/true")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if len(args) < 4 {
		t.Fatalf("found %d units, want at least 2", len(args)-2)
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", args...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze %q = %v, want success and no output\n%s", args, err, out)
	}
}

// TestRecipesYAML checks that the YAML in docs/recipes.md can be decoded.
func TestRecipesYAML(t *testing.T) {
	t.Parallel()
	for _, b := range recipes(t, "yaml") {
		var v map[string]any
		if err := yaml.Unmarshal([]byte(b.text()), &v); err != nil || len(v) == 0 {
			t.Errorf("docs/recipes.md:%d: Unmarshal() = %v, want a mapping", b.line, err)
		}
	}
}
