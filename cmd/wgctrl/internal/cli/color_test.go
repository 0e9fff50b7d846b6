package cli

import "testing"

// TestLookupEnv checks that NO_COLOR changes only the default of WG_COLOR_MODE.
func TestLookupEnv(t *testing.T) {
	for _, test := range []struct{ mode, noColor, want string }{
		{"", "", ""}, {"", "1", "never"}, {"auto", "1", "never"}, {"auto", "", "auto"}, {"always", "1", "always"}, {"never", "", "never"}, {"never", "1", "never"},
	} {
		t.Setenv("WG_COLOR_MODE", test.mode)
		t.Setenv("NO_COLOR", test.noColor)
		t.Setenv("WG_HIDE_KEYS", "never")
		if got, _ := lookupEnv("WG_COLOR_MODE"); got != test.want {
			t.Errorf("WG_COLOR_MODE=%s NO_COLOR=%s: lookupEnv = %q, want %q", test.mode, test.noColor, got, test.want)
		}
		if got, ok := lookupEnv("WG_HIDE_KEYS"); got != "never" || !ok {
			t.Errorf("lookupEnv(WG_HIDE_KEYS) = %q, %t, want never, true", got, ok)
		}
	}
	if got, ok := lookupEnv("WGCTRL_TEST_UNSET"); got != "" || ok {
		t.Errorf("lookupEnv of an unset variable = %q, %t, want none", got, ok)
	}
}
