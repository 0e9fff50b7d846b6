package lint_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// readYAML decodes a file into v, and fails if it has fields that v lacks.
func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(readFile(t, name)))
	d.KnownFields(true)
	if err := d.Decode(v); err != nil {
		t.Fatalf("Decode(%s) = %v, want a file that GitHub accepts", name, err)
	}
}

// TestDependabot checks that .github/dependabot.yml names every module of the
// repository, and the workflows.
func TestDependabot(t *testing.T) {
	t.Parallel()
	var file struct {
		Version int
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
			Schedule    struct{ Interval string }
			Limit       *int `yaml:"open-pull-requests-limit"`
			Groups      map[string]struct{ Patterns []string }
			Ignore      []struct {
				Name string `yaml:"dependency-name"`
			}
		}
	}
	const name = ".github/dependabot.yml"
	readYAML(t, name, &file)
	got := make(map[string][]string) // by ecosystem
	for _, u := range file.Updates {
		if u.Schedule.Interval == "" {
			t.Errorf("%s: %s has no schedule, want one", name, u.Ecosystem)
		}
		got[u.Ecosystem] = append(got[u.Ecosystem], u.Directories...)
		if u.Directory != "" {
			got[u.Ecosystem] = append(got[u.Ecosystem], u.Directory)
		}
	}
	if file.Version != 2 {
		t.Errorf("%s: version = %d, want 2", name, file.Version)
	}
	slices.Sort(got["gomod"])
	if want := moduleDirectories(t); !slices.Equal(got["gomod"], want) {
		t.Errorf("%s: directories of gomod = %q, want those with a go.mod, %q", name, got["gomod"], want)
	}
	if want := []string{"/"}; !slices.Equal(got["github-actions"], want) {
		t.Errorf("%s: directories of github-actions = %q, want %q", name, got["github-actions"], want)
	}
}

// moduleDirectories returns the sorted directories of the repository that have a go.mod,
// as "/" and "/quick".
func moduleDirectories(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != "." && strings.HasPrefix(e.Name(), "."):
			return filepath.SkipDir
		case e.Name() == "go.mod":
			all = append(all, "/"+strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "."))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// field is an element of an issue form.
type field struct {
	Type       string
	ID         string
	Attributes struct {
		Label, Description, Placeholder, Value, Render string

		Options []string
	}
	Validations struct{ Required bool }
}

// TestIssueForms checks that the issue forms have what GitHub requires of them.
func TestIssueForms(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(".github/ISSUE_TEMPLATE/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("found the issue forms %q, %v, want at least two and config.yml", files, err)
	}
	for _, name := range files {
		if filepath.Base(name) == "config.yml" {
			continue
		}
		var form struct {
			Name, Description string
			Labels            []string
			Body              []field
		}
		readYAML(t, name, &form)
		if form.Name == "" || form.Description == "" || len(form.Body) == 0 {
			t.Errorf("%s has the name %q, the description %q and %d elements, want all three", name, form.Name, form.Description, len(form.Body))
		}
		var ids, labels []string
		for i, f := range form.Body {
			checkField(t, name, i, f)
			if slices.Contains(ids, f.ID) || slices.Contains(labels, f.Attributes.Label) {
				t.Errorf("%s: body[%d] repeats the ID %q or the label %q, want unique ones", name, i, f.ID, f.Attributes.Label)
			}
			if f.Type != "markdown" {
				ids, labels = append(ids, f.ID), append(labels, f.Attributes.Label)
			}
		}
		if len(ids) == 0 {
			t.Errorf("%s has only Markdown, want a field", name)
		}
	}
}

var fieldID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func checkField(t *testing.T, name string, i int, f field) {
	t.Helper()
	switch f.Type {
	case "markdown":
		if f.Attributes.Value == "" {
			t.Errorf("%s: body[%d] has no text, want attributes.value", name, i)
		}
		return
	case "dropdown":
		options := slices.Clone(f.Attributes.Options)
		slices.Sort(options)
		if len(options) == 0 || len(slices.Compact(options)) != len(f.Attributes.Options) {
			t.Errorf("%s: body[%d] has the options %q, want some, and each once", name, i, f.Attributes.Options)
		}
	case "input", "textarea":
	default:
		t.Errorf("%s: body[%d] has the type %q, want markdown, dropdown, input or textarea", name, i, f.Type)
	}
	if f.Attributes.Label == "" || !fieldID.MatchString(f.ID) {
		t.Errorf("%s: body[%d] has the label %q and the ID %q, want both", name, i, f.Attributes.Label, f.ID)
	}
}

// TestIssueLinks checks the links next to the issue forms. Those into the repository
// lead to existing files.
func TestIssueLinks(t *testing.T) {
	t.Parallel()
	var config struct {
		Blank bool                                `yaml:"blank_issues_enabled"`
		Links []struct{ Name, URL, About string } `yaml:"contact_links"`
	}
	const name = ".github/ISSUE_TEMPLATE/config.yml"
	readYAML(t, name, &config)
	if len(config.Links) == 0 {
		t.Errorf("%s has 0 links, want some", name)
	}
	for _, l := range config.Links {
		if l.Name == "" || l.About == "" || !strings.HasPrefix(l.URL, "https://") {
			t.Errorf("%s has the link %q, want a name, an https URL and a description", name, l)
		}
		if file, ok := strings.CutPrefix(l.URL, "https://"+modulePath+"/blob/main/"); ok {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s: %v, want a file of the repository", name, l.URL, err)
			}
		}
	}
}

// workflow is what TestWorkflowsAreRestricted reads of a workflow.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Timeout     int `yaml:"timeout-minutes"`
		Permissions map[string]string
		Steps       []struct{ Uses string }
	}
}

// pinned matches an action with a version.
var pinned = regexp.MustCompile(`^[\w-]+/[\w-]+@v[0-9]+(\.[0-9]+\.[0-9]+)?$`)

// TestWorkflowsAreRestricted checks that each workflow may only read, except for the
// job that publishes a release, that each job has a timeout, and that each action has a
// version.
func TestWorkflowsAreRestricted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found the workflows %q, %v, want some", files, err)
	}
	for _, name := range files {
		var w workflow
		if err := yaml.Unmarshal([]byte(readFile(t, name)), &w); err != nil {
			t.Fatalf("Unmarshal(%s) = %v, want a workflow", name, err)
		}
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
			t.Errorf("%s: permissions = %v, want only contents: read", name, w.Permissions)
		}
		if len(w.Jobs) == 0 {
			t.Errorf("%s has 0 jobs, want some", name)
		}
		for id, job := range w.Jobs {
			if job.Timeout == 0 {
				t.Errorf("%s: job %s has no timeout, want timeout-minutes", name, id)
			}
			if len(job.Permissions) > 0 && id != "publish" {
				t.Errorf("%s: permissions of job %s = %v, want those of the workflow", name, id, job.Permissions)
			}
			for _, step := range job.Steps {
				if step.Uses != "" && !pinned.MatchString(step.Uses) {
					t.Errorf("%s: job %s uses %q, want an action with a version", name, id, step.Uses)
				}
			}
		}
	}
}
