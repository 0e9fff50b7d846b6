package conffile_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/wgconf"
)

func TestChoosesMark(t *testing.T) {
	t.Parallel()
	const peer = "[Peer]\nPublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAllowedIPs = "
	for text, want := range map[string]bool{
		"":                    false,
		peer + "10.0.0.0/8\n": false,
		peer + "0.0.0.0/0\n":  true,
		peer + "10.0.0.0/8\n" + peer + "10.0.0.0/8, ::/0\n":   true,
		peer + "0.0.0.0/1, 128.0.0.0/1\n":                     false,
		peer + "-0.0.0.0/0\n":                                 false,
		"[Interface]\nTable = auto\n" + peer + "0.0.0.0/0\n":  true,
		"[Interface]\nTable = off\n" + peer + "0.0.0.0/0\n":   false,
		"[Interface]\nTable = 51\n" + peer + "0.0.0.0/0\n":    false,
		"[Interface]\nFwMark = off\n" + peer + "0.0.0.0/0\n":  false,
		"[Interface]\nFwMark = 0x51\n" + peer + "0.0.0.0/0\n": false,
	} {
		settings, err := wgconf.Parse("", []byte(text)).Settings(wgconf.DialectAWGQuick)
		if err != nil {
			t.Fatal(err)
		}
		if got := conffile.ChoosesMark(settings); got != want {
			t.Errorf("ChoosesMark(%q) = %t, want %t", text, got, want)
		}
	}
}
