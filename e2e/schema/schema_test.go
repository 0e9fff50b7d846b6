package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// folder has the schemas.
const folder = "../../docs/schema"

// names are the schemas, by the commands whose output they describe.
var names = []string{"show", "watch", "sync", "check", "doctor", "quick"}

// compile returns the schema of a command. If it is strict, members that the schema does
// not describe are errors, so that no output has undocumented members.
func compile(t *testing.T, name string, strict bool) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	id := ""
	for _, n := range names {
		text, err := os.ReadFile(filepath.Join(folder, n+".json"))
		if err != nil {
			t.Fatal(err)
		}
		doc, ok := decode(t, string(text)).(map[string]any)
		if !ok {
			t.Fatalf("%s.json is not a JSON object, want one", n)
		}
		if strict {
			closeObjects(doc)
		}
		url, _ := doc["$id"].(string)
		if err := c.AddResource(url, doc); err != nil {
			t.Fatal(err)
		}
		if n == name {
			id = url
		}
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// closeObjects forbids members that a schema does not describe.
func closeObjects(schema any) {
	switch schema := schema.(type) {
	case map[string]any:
		for _, value := range schema {
			closeObjects(value)
		}
		if _, ok := schema["properties"]; ok {
			schema["additionalProperties"] = false
		}
	case []any:
		for _, value := range schema {
			closeObjects(value)
		}
	}
}

func decode(t *testing.T, text string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("UnmarshalJSON(%q) = %v, want a value", text, err)
	}
	return value
}

// conforms checks that output conforms to a schema.
func conforms(t *testing.T, s *jsonschema.Schema, output string) {
	t.Helper()
	if err := s.Validate(decode(t, output)); err != nil {
		t.Errorf("output does not conform to %s: %v; output: %s", s.Location, err, output)
	}
}

// TestSchemas checks that the schemas are all files of the folder, and of draft 2020-12.
func TestSchemas(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(paths) != len(names) {
		t.Errorf("Glob(%s) = %q, %v, want the schemas %q", folder, paths, err, names)
	}
	for _, name := range names {
		for _, strict := range []bool{false, true} {
			if got := compile(t, name, strict).DraftVersion; got != 2020 {
				t.Errorf("%s.json has the draft %d, want 2020", name, got)
			}
		}
	}
}

// syncOutput returns the output of sync with these changes.
func syncOutput(changes string) string {
	return `{"device":{"name":"wg0","kind":"kernel"},"dry_run":true,"summary":{"settings":0,"added":0,"changed":0,"removed":0,"unchanged":0},"changes":` + changes + `}`
}

// TestWrongOutput checks that schemas reject what the command does not print, and accept
// members that they do not know, as programs must.
func TestWrongOutput(t *testing.T) {
	t.Parallel()
	const key = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for name, outputs := range map[string]struct{ right, wrong []string }{
		"show": {
			[]string{`[]`, `{"name":"wg0","kind":"kernel","new":1}`, `{"name":"wg0","kind":"kernel","peers":[{"public_key":"` + key + `","new":1}]}`},
			[]string{
				`1`, `{}`, `{"name":"wg0"}`, `{"name":"wg0","kind":"moon"}`, `[{"name":1,"kind":"kernel"}]`, `{"name":"wg0","kind":"kernel","listen_port":65536}`,
				`{"name":"wg0","kind":"kernel","private_key":"x"}`, `{"name":"wg0","kind":"kernel","peers":[{}]}`,
				`{"name":"wg0","kind":"kernel","peers":[{"public_key":"` + key + `","last_handshake":"soon"}]}`,
				`{"name":"wg0","kind":"kernel","peers":[{"public_key":"` + key + `","receive_bytes":18446744073709551616}]}`,
				`{"name":"wg0","kind":"kernel","peers":[{"public_key":"` + key + `","allowed_ips":["all"]}]}`,
				`{"name":"wg0","kind":"kernel","peers":[{"public_key":"` + key + `","endpoint":"example.org:1"}]}`,
				`{"name":"wg0","kind":"kernel","amnezia":{}}`,
			},
		},
		"watch": {
			[]string{`{"time":"2026-01-02T12:00:00Z","kind":"new"}`},
			[]string{`[]`, `{"kind":"ready"}`, `{"time":"2026-01-02T12:00:00Z"}`, `{"time":"2026-01-02T12:00:00Z","kind":"handshake","old":{"last_handshake":1}}`, `{"time":"2026-01-02T12:00:00Z","kind":"peer-added","peer":"x"}`},
		},
		"sync": {
			[]string{`[]`, syncOutput(`[]`), syncOutput(`[{"kind":"peer-added","peer":"` + key + `","new":{},"more":1}]`), strings.Replace(syncOutput(`[]`), `"dry_run"`, `"action":"create","dry_run"`, 1)},
			[]string{strings.Replace(syncOutput(`[]`), `"dry_run"`, `"action":"none","dry_run"`, 1), `1`, `[{}]`, `{}`, syncOutput(`{}`), syncOutput(`null`), syncOutput(`[{}]`), syncOutput(`[{"kind":"ready"}]`), syncOutput(`[{"kind":"peer-added","peer":"x"}]`)},
		},
		"check": {
			[]string{`[]`, `[{"file":"a","severity":"error","message":"m","new":1}]`},
			[]string{`{}`, `[{"file":"a","severity":"error"}]`, `[{"file":"a","severity":"notice","message":"m"}]`, `[{"file":"a","line":0,"severity":"error","message":"m"}]`},
		},
		"doctor": {
			[]string{`{"checked":[],"findings":[],"not_checked":[],"new":1}`},
			[]string{`[]`, `{}`, `{"checked":[{}],"findings":[],"not_checked":[]}`, `{"checked":[],"findings":[{"id":"x"}],"not_checked":[]}`, `{"checked":[],"findings":null,"not_checked":[]}`},
		},
	} {
		schema := compile(t, name, false)
		for _, output := range outputs.right {
			conforms(t, schema, output)
		}
		for _, output := range outputs.wrong {
			if schema.Validate(decode(t, output)) == nil {
				t.Errorf("Validate(%s) with %s.json = nil, want an error", output, name)
			}
		}
	}
}
