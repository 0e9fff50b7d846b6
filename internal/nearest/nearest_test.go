package nearest

import "testing"

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"wg0", "wg0", 0}, {"wg0", "wg1", 1}, {"wg", "wg1", 1}, {"", "wg", 2},
		{"gw0", "wg0", 2}, {"home", "homes", 1}, {"kitten", "sitten", 1}, {"", "long", most + 1},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.b, test.a, got, test.want)
		}
	}
}

func TestWord(t *testing.T) {
	t.Parallel()
	words := []string{"wg0", "home", "PrivateKey", "AllowedIPs"}
	for given, want := range map[string]string{
		"wg1": "wg0", "HOME": "home", "homes": "home", "privatkey": "PrivateKey", "AllowedIP": "AllowedIPs",
		"": "", "x": "", "office": "", "w": "",
	} {
		if got := Word(given, words); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
