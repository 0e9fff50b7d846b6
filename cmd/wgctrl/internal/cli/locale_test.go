package cli

import "testing"

// TestSpeaksUTF8: the first variable that is set says it.
func TestSpeaksUTF8(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"LANG": "en_GB.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "de_DE@euro", "LC_CTYPE": "C.UTF-8", "LC_ALL": ""}, true},
		{map[string]string{"LANG": "POSIX"}, false},
	} {
		lookup := func(name string) (string, bool) {
			value, ok := test.env[name]
			return value, ok
		}
		if got := speaksUTF8(lookup); got != test.want {
			t.Errorf("%v: %t", test.env, got)
		}
	}
}
