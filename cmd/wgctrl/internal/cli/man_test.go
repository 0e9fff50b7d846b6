package cli

import "testing"

func TestEscape(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"plain": "plain", ".SH x": `\&.SH x`, "'quoted'": `\&'quoted'`, `a\b`: `a\eb`, "--x": `\-\-x`, "a.b 'c'": "a.b 'c'",
	} {
		if got := escape(line); got != want {
			t.Errorf("escape(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestCutTerm(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line, term, description string
		isTerm                  bool
	}{
		{"text", "", "text", false},
		{"", "", "", false},
		{"  fwmark N    mark of packets", "fwmark N", "mark of packets", true},
		{"  /run/netns/NAME", "/run/netns/NAME", "", true},
		{"              more", "", "more", false},
	} {
		term, description, isTerm := cutTerm(test.line)
		if term != test.term || description != test.description || isTerm != test.isTerm {
			t.Errorf("cutTerm(%q) = %q, %q, %t, want %q, %q, %t", test.line, term, description, isTerm, test.term, test.description, test.isTerm)
		}
	}
}
