package schema

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestWatchKinds checks that the schema and the documents list every kind of event.
func TestWatchKinds(t *testing.T) {
	t.Parallel()
	var want []any
	for k := wgtypes.EventUnknown + 1; ; k++ {
		name, err := k.MarshalText()
		if err != nil {
			break
		}
		want = append(want, string(name))
	}
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var got any = decode(t, read(folder+"/watch.json"))
	for _, name := range []string{"properties", "kind", "examples"} {
		object, _ := got.(map[string]any)
		got = object[name]
	}
	if got, _ := got.([]any); !slices.Equal(got, want) {
		t.Errorf("kinds in watch.json = %v, want %v", got, want)
	}
	for _, path := range []string{"../../docs/watch.md", "../../docs/json.md"} {
		text := read(path)
		for _, name := range want {
			if quoted := "`" + name.(string) + "`"; !strings.Contains(text, quoted) {
				t.Errorf("%s has no %s, want every kind of event", path, quoted)
			}
		}
	}
}
