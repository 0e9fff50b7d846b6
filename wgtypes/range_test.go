package wgtypes_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestParseRange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]wgtypes.Range{
		"0": {}, "5": {Lo: 5, Hi: 5}, "007": {Lo: 7, Hi: 7}, "5-9": {Lo: 5, Hi: 9}, "5-5": {Lo: 5, Hi: 5}, "0-4294967295": {Hi: 1<<32 - 1},
		"4294967295": {Lo: 1<<32 - 1, Hi: 1<<32 - 1},
	} {
		if got, err := wgtypes.ParseRange(text); err != nil || got != want {
			t.Errorf("ParseRange(%q) = %v, %v, want %+v", text, got, err, want)
		}
	}
	secret := strings.Repeat("A", 44)
	if _, err := wgtypes.ParseRange(secret); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("ParseRange(%s) = %v, want an error without the text, which may be a key", secret, err)
	}
	for n, quoted := range map[int]bool{40: true, 41: false} {
		text := strings.Repeat("x", n)
		if _, err := wgtypes.ParseRange(text); err == nil || strings.Contains(err.Error(), text) != quoted {
			t.Errorf("ParseRange of %d bytes = %v, want an error with the text: %t", n, err, quoted)
		}
	}
	const form = `: must be a number from 0 to 4294967295 or two, as in "5-9"`
	for text, want := range map[string]string{
		"": form, "-": form, "5-": form, "-5": form, "--": form, "1-2-3": form, "+5": form, "5 - 9": form, " 5": form, "5 ": form, "0x10": form,
		"4294967296": form, "0-4294967296": form, "1_000": form, "5\n": form, "off": form, "٥": form,
		"9-5": ": the first number must not be larger than the second one",
	} {
		got, err := wgtypes.ParseRange(text)
		if err == nil || got != (wgtypes.Range{}) || !strings.HasPrefix(err.Error(), "wgtypes: invalid range ") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("ParseRange(%q) = %v, %v, want no range and the error %q", text, got, err, want)
		}
	}
}

func TestRangeUnmarshal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]wgtypes.Range{`5`: {Lo: 5, Hi: 5}, `"5"`: {Lo: 5, Hi: 5}, `"5-9"`: {Lo: 5, Hi: 9}} {
		var c wgtypes.AmneziaConfig
		if err := json.Unmarshal([]byte(`{"h1":`+text+`}`), &c); err != nil || c.H1 == nil || *c.H1 != want {
			t.Errorf("json.Unmarshal(%s) = %v, %v, want %v", text, c.H1, err, want)
		}
	}
	r := wgtypes.Range{Lo: 1, Hi: 2}
	if err := r.UnmarshalText([]byte("9-5")); err == nil || r != (wgtypes.Range{Lo: 1, Hi: 2}) {
		t.Errorf("UnmarshalText(9-5) = %v and sets %v, want an error and no change", err, r)
	}
}

func TestRangeOverlaps(t *testing.T) {
	t.Parallel()
	at := func(lo, hi uint32) wgtypes.Range { return wgtypes.Range{Lo: lo, Hi: hi} }
	for _, test := range []struct {
		a, b wgtypes.Range
		want bool
	}{
		{at(1, 1), at(1, 1), true},
		{at(1, 1), at(2, 2), false},
		{at(1, 5), at(5, 9), true},
		{at(1, 5), at(6, 9), false},
		{at(1, 9), at(3, 4), true},
		{at(0, 1<<32-1), at(1<<32-1, 1<<32-1), true},
	} {
		if got, back := test.a.Overlaps(test.b), test.b.Overlaps(test.a); got != test.want || back != test.want {
			t.Errorf("%v.Overlaps(%v) = %t, and the other way %t, want %t", test.a, test.b, got, back, test.want)
		}
	}
}

// FuzzRange checks that ParseRange(r.String()) == r for each range that ParseRange
// returns, and that it returns no other ranges than those whose ends are in order.
func FuzzRange(f *testing.F) {
	for _, text := range []string{"5", "5-9", "0-4294967295", "9-5", "-", "007-8"} {
		f.Add(text, uint32(len(text)), uint32(7))
	}
	f.Fuzz(func(t *testing.T, text string, a, b uint32) {
		if r, err := wgtypes.ParseRange(text); err == nil {
			checkRange(t, r)
			if !strings.ContainsAny(text, "0123456789") || strings.Trim(text, "0123456789-") != "" {
				t.Errorf("ParseRange(%q) = %v, want an error", text, r)
			}
		}
		checkRange(t, wgtypes.Range{Lo: min(a, b), Hi: max(a, b)})
	})
}

func checkRange(t *testing.T, r wgtypes.Range) {
	t.Helper()
	if again, err := wgtypes.ParseRange(r.String()); err != nil || again != r || r.Lo > r.Hi {
		t.Errorf("ParseRange(%q) = %+v, %v, want %+v", r.String(), again, err, r)
	}
	if text, err := r.MarshalText(); err != nil || string(text) != r.String() {
		t.Errorf("MarshalText(%v) = %q, %v, want what String returns", r, text, err)
	}
}
