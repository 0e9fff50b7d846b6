package termtext_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// FuzzEscapeJSON: no character is left that Clean would replace, and the text means
// what it meant.
func FuzzEscapeJSON(f *testing.F) {
	f.Add("wg0")
	f.Add("\x1b[2J \u009b31m \x7f \u202e \U000e0041 \u3164\u2800 \xff \\ \" 日本")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := json.Marshal([]string{s})
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		escaped := termtext.EscapeJSON(text)
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(escaped, &got); err != nil || got[0] != want[0] {
			t.Errorf("%q means %q, not %q: %v", escaped, got, want, err)
		}
		for _, r := range string(escaped) {
			if r != '?' && r != utf8.RuneError && termtext.Clean(string(r)) == "?" {
				t.Errorf("%q holds %q", escaped, r)
			}
		}
	})
}
