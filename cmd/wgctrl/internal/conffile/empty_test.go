package conffile_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/wgconf"
)

func TestCheckNotEmpty(t *testing.T) {
	t.Parallel()
	const key = "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA="
	for text, empty := range map[string]bool{
		"":                                  true,
		"# PrivateKey = x\n":                true,
		"[Interface]\n":                     true,
		"[Interface]\nAddress = 10.0.0.1\n": true,
		"[Interface]\nPostUp = true\n":      true,
		"[Interface]\nListenPort = 0\n":     false,
		"[Interface]\nFwMark = off\n":       false,
		"[Interface]\nPrivateKey = " + key:  false,
		"[Interface]\nJc = 0\n":             false,
		"[Peer]\nPublicKey = " + key + "\n": false,
	} {
		settings, err := wgconf.Parse("", []byte(text)).Settings(wgconf.DialectAWGQuick)
		if err != nil {
			t.Fatal(err)
		}
		err = conffile.CheckNotEmpty("wg0.conf", settings)
		const want = "wg0.conf: no settings of wg(8) and no peers: all peers would be removed; use --allow-empty to apply it"
		if empty != (err != nil) || empty && err.Error() != want {
			t.Errorf("CheckNotEmpty(%q) = %v, want an error: %t, %q", text, err, empty, want)
		}
	}
}
