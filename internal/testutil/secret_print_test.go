package testutil

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// text is SecretBytes as keys print.
var text = base64.StdEncoding.EncodeToString(SecretBytes[:])

// These types show the secret in one way, and in no other.
type (
	hidden    struct{}
	printed   struct{ hidden }
	marshaled struct{ hidden }
	logged    struct{ hidden }
	reflected struct{ secret [32]byte }
)

func (hidden) Format(s fmt.State, _ rune)   { fmt.Fprint(s, "hidden") }
func (hidden) MarshalJSON() ([]byte, error) { return []byte(`"hidden"`), nil }
func (hidden) LogValue() slog.Value         { return slog.StringValue("hidden") }

func (printed) Format(s fmt.State, _ rune)     { fmt.Fprint(s, text) }
func (marshaled) MarshalJSON() ([]byte, error) { return json.Marshal(text) }
func (logged) LogValue() slog.Value            { return slog.StringValue(text) }

func (reflected) Format(s fmt.State, _ rune)   { fmt.Fprint(s, "hidden") }
func (reflected) MarshalJSON() ([]byte, error) { return []byte(`"hidden"`), nil }
func (reflected) LogValue() slog.Value         { return slog.StringValue("hidden") }

// TestShowsSecret checks that each way to show a secret is found.
func TestShowsSecret(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ways []string
		want string // prefix of the ways; "" for none
	}{
		"hidden":            {ShowsSecret(hidden{}, false), ""},
		"printed":           {ShowsSecret(printed{}, false), "fmt %v shows"},
		"marshaled":         {ShowsSecret(marshaled{}, false), "JSON shows"},
		"marshaled, wanted": {ShowsSecret(marshaled{}, true), ""},
		"logged":            {ShowsSecret(logged{}, false), "slog text shows"},
		"by reflection":     {ShowsSecret(reflected{SecretBytes}, false), "fmt %x shows"},
	} {
		switch found := slices.ContainsFunc(test.ways, func(way string) bool { return strings.HasPrefix(way, test.want) }); {
		case test.want == "" && len(test.ways) > 0:
			t.Errorf("%s: ShowsSecret() = %.300q, want none", name, test.ways)
		case test.want != "" && !found:
			t.Errorf("%s: ShowsSecret() = %.300q, want one that begins with %q", name, test.ways, test.want)
		}
	}
}

func TestSecretComplaints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, source := range map[string]string{
		"a.go":      "package p\ntype Tested struct{}\ntype Forgotten int\ntype private int\nfunc F() {}\n",
		"b.go":      "package p\ntype (\n\tAlso = int\n)\n",
		"a_test.go": "package p\ntype OfTest int\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := SecretComplaints(dir, map[string][]string{"Tested": {"fmt %v shows it: " + strings.Repeat("x", 1000)}, "Also": nil})
	slices.Sort(got)
	want := []string{
		("Tested: fmt %v shows it: " + strings.Repeat("x", 1000))[:len("Tested: ")+500],
		"type Forgotten is not tested: add a value filled with secrets",
	}
	if !slices.Equal(got, want) {
		t.Errorf("SecretComplaints = %q, want %q", got, want)
	}
	if got := SecretComplaints(filepath.Join(dir, "missing"), nil); len(got) != 1 {
		t.Errorf("SecretComplaints of a missing directory = %q, want one error", got)
	}
}
