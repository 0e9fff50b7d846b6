package termtext_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                "",
		"Alice's laptop":                  "Alice's laptop",
		"\x1b[2Jgone":                     "?[2Jgone",
		"a\r\nb\tc\x00\x7f":               "a??b?c??",
		"csi \u009b31m, nel \u0085":       "csi ?31m, nel ?",
		"Al\xffice \xc2":                  "Al?ice ?",
		"\u202egnp.exe":                   "?gnp.exe", // right to left
		"zero\u200bwidth\ufeff":           "zero?width?",
		"zażółć, Ωμέγα, 日本語":              "zażółć, Ωμέγα, 日本語",
		"e\u0301":                         "e\u0301",
		"\u0301a":                         "a",
		"z\u0301\u0302\u0303\u0304\u0305": "z\u0301\u0302\u0303",
		"no\u00a0break":                   "no?break",
		"Al\u3164ice\uffa0":               "Al?ice?", // Hangul fillers
		"\u115f\u1160":                    "??",
		"no\u2800dots\u2801":              "no?dots\u2801", // of braille
		"join\u034fed":                    "join?ed",
		"#\ufe0f":                         "#\ufe0f", // a variant
		"line\u2028separator":             "line?separator",
	} {
		if got := termtext.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "a\n": "a\n", "\x1b[2J\n\r\nb": "?[2J\n?\nb"} {
		if got := termtext.CleanLines(in); got != want {
			t.Errorf("CleanLines(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in         string
		width      int
		fit, right string
	}{
		{"wg0", 5, "wg0  ", "  wg0"},
		{"wg0", 3, "wg0", "wg0"},
		{"wg0", 2, "w~", "w~"},
		{"wg0", 1, "~", "~"},
		{"wg0", 0, "", ""},
		{"wg0", -1, "", ""},
		{"日本語", 6, "日本語", "日本語"},
		{"日本語", 5, "日本~", "日本~"},
		{"日本語", 4, "日~ ", "日~ "},
		{"e\u0301e\u0301", 3, "e\u0301e\u0301 ", " e\u0301e\u0301"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301~", "e\u0301~"},
	} {
		if got := string(termtext.AppendFit(nil, test.in, test.width)); got != test.fit {
			t.Errorf("AppendFit(nil, %q, %d) = %q, want %q", test.in, test.width, got, test.fit)
		}
		if got := string(termtext.AppendRight(nil, test.in, test.width)); got != test.right {
			t.Errorf("AppendRight(nil, %q, %d) = %q, want %q", test.in, test.width, got, test.right)
		}
	}
}

// TestWidthsAdd checks for every character that a space after it adds one column.
func TestWidthsAdd(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		clean := termtext.Clean(string(r))
		if have, want := termtext.Width(clean+" "), termtext.Width(clean)+1; have != want {
			t.Errorf("Width(Clean(%U) and a space) = %d, want %d", r, have, want)
		}
	}
}

// FuzzClean checks that clean text has only printable characters, that cleaning it
// again changes nothing, and that AppendFit and AppendRight return the given width.
func FuzzClean(f *testing.F) {
	f.Add("wg0", 2)
	f.Add("\xf0\xa5\U0001193f", 4)
	f.Add("\x1b]0;title\x07", 9)
	f.Add("日本\u0301語\u200d👩\u200d👩", 4)
	f.Fuzz(func(t *testing.T, s string, width int) {
		clean := termtext.Clean(s)
		if again := termtext.Clean(clean); !utf8.ValidString(clean) || again != clean {
			t.Errorf("Clean(%q) = %q, want valid UTF-8 and no change", clean, again)
		}
		for _, r := range clean {
			if !unicode.IsPrint(r) {
				t.Errorf("Clean(%q) = %q with %q, want printable characters", s, clean, r)
			}
		}
		width = min(max(width, 0), 300)
		for _, text := range [][]byte{termtext.AppendFit(nil, clean, width), termtext.AppendRight(nil, clean, width)} {
			if got := termtext.Width(string(text)); got != width {
				t.Errorf("Width(%q) = %d for %q in %d columns, want %d", text, got, clean, width, width)
			}
		}
	})
}

// FuzzEscapeJSON checks that the escaped text decodes to the same value and has no
// character that Clean would replace.
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
			t.Errorf("Unmarshal(EscapeJSON(%q)) = %q, %v, want %q", text, got, err, want)
		}
		for _, r := range string(escaped) {
			if r != '?' && r != utf8.RuneError && termtext.Clean(string(r)) == "?" {
				t.Errorf("EscapeJSON(%q) = %q with %q, want it escaped", text, escaped, r)
			}
		}
	})
}

// TestCleanEdges checks characters at the borders of what is shown.
func TestCleanEdges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\x7fb": "a?b", "\x7f": "?", "a\x1fb": "a?b", " ~": " ~", "\u0080": "?", "\u00a0": "?", "\u00a1": "\u00a1",
		"\x1b\u0301": "?\u0301", "e\u0301\u0301\u0301\u0301\x1b\u0301": "e\u0301\u0301\u0301?\u0301", "\u0301a": "a",
	} {
		if got := termtext.Clean(text); got != want {
			t.Errorf("Clean(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestEscapeJSONEdges checks that only characters which are not shown are escaped,
// those beyond the Basic Multilingual Plane as surrogates.
func TestEscapeJSONEdges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\n\"a\": 1\n}":       "{\n\"a\": 1\n}",
		"\"\x1b\"":             `"\u001b"`,
		"\"\x7f\"":             `"\u007f"`,
		"{\n\"\x7f日\"\n}":      "{\n\"\\u007f日\"\n}",
		"\"\U0001d173\"":       `"\ud834\udd73"`,
		"\"\U000e0001\"":       `"\udb40\udc01"`,
		"\"\uffff\U00010000\"": "\"\\uffff\U00010000\"",
	} {
		if got := string(termtext.EscapeJSON([]byte(text))); got != want {
			t.Errorf("EscapeJSON(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestEscapeJSONPositions checks that a character is found at every position in a text.
func TestEscapeJSONPositions(t *testing.T) {
	t.Parallel()
	for length := range 20 {
		for at := range length {
			for c := range 128 {
				text := bytes.Repeat([]byte("a\n"), length)[:length]
				text[at] = byte(c)
				want := string(text)
				if (c < ' ' || c == 0x7f) && c != '\n' {
					want = strings.Replace(want, string(rune(c)), fmt.Sprintf(`\u%04x`, c), 1)
				}
				if got := string(termtext.EscapeJSON(text)); got != want {
					t.Fatalf("EscapeJSON(%q) = %q, want %q", text, got, want)
				}
			}
		}
	}
}
