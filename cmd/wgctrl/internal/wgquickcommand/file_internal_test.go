package wgquickcommand

import "testing"

func TestNameIn(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"wg0.conf":                    "wg0",
		"/etc/wireguard/a_=+.-Z.conf": "a_=+.-Z",
		"./x.conf.conf":               "x.conf",
		"a b/wg0.conf":                "wg0",
		"abcdefghijklmno.conf":        "abcdefghijklmno",
		"abcdefghijklmnop.conf":       "",
		"/etc/wireguard/.conf":        "",
		"wg0":                         "",
		"wg0.conf/":                   "",
		"wg0.conf\n":                  "",
		"w g.conf":                    "",
		"wé.conf":                     "",
	} {
		if got, ok := nameIn(path); ok != (want != "") || ok && got != want {
			t.Errorf("nameIn(%q) = %q, %t, want %q", path, got, ok, want)
		}
	}
}
