package wgconf_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
)

// TestContinuation checks that a value that goes on over several lines is one error,
// and that other unrecognized lines below a value are errors of their own.
func TestContinuation(t *testing.T) {
	t.Parallel()
	const (
		own  = "[Interface]\nPrivateKey = " + privateText + "\n" // two lines
		peer = own + "[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\n"
		join = ` does not continue on the next line: join lines `
		u    = "unrecognized line: "
	)
	for text, want := range map[string][]string{
		own + "PostUp = a \\\nb -c\n":                             {"4: " + u + "PostUp" + join + "3-4"},
		own + "PostUp = a\nb\n":                                   {"4: " + u + "PostUp" + join + "3-4"},
		own + "PostUp = a\nb c = d\n":                             {"4: " + u + "PostUp" + join + "3-4"},
		own + "PostUp = a\nb -c\n":                                {"4: " + u + "PostUp" + join + "3-4"},
		own + "PostUp = a\n&& b\n--to-ports=80\n":                 {"4: " + u + "PostUp" + join + "3-5"},
		own + "PreUp = a\n-p udp --dport = 7 -j x\n":              {"4: " + u + "PreUp" + join + "3-4"},
		own + "PostUp = a; \\\nb; \\\n c\nListenPort = 1\n":       {"4: " + u + "PostUp" + join + "3-5"},
		own + "PostUp = a\nb c\nPostDown = d \\\ne=f\n":           {"4: " + u + "PostUp" + join + "3-4, 5-6"},
		own + strings.Repeat("PostUp = a\nb c\n", 7):              {"4: " + u + "PostUp" + join + "3-4, 5-6, 7-8, 9-10, 11-12 and 2 more"},
		peer + "AllowedIPs = 10.0.0.0/8,\n  192.0.2.0/24\n":       {"7: " + u + "AllowedIPs" + join + "6-7"},
		peer + "AllowedIPs = 10.0.0.0/8, \\\n  192.0.2.0/24\n":    {"7: " + u + "AllowedIPs" + join + "6-7"},
		own + "Address = 10.0.0.1/24,\n10.0.0.2/24\nMTU = x\n":    {"4: " + u + "Address" + join + "3-4", `5: invalid MTU "x": must be a positive number of bytes without leading zeros`},
		own + "Address = 10.0.0.1,\n::1\nDNS = ::1,\n::2\n":       {"4: " + u + "Address" + join + "3-4", "6: " + u + "DNS" + join + "5-6"},
		own + "PostUp = a\n\nb -c\n":                              {"5: " + u + `unknown key "b-c" in [Interface]`},
		own + "PostUp = a\n# b\nb -c\n":                           {"5: " + u + `unknown key "b-c" in [Interface]`},
		own + "ListenPort = 1\nb -c\n":                            {"4: " + u + `unknown key "b-c" in [Interface]`},
		own + "PostUp = a\nfoo = bar\nb -c\n":                     {"4: " + u + `unknown key "foo" in [Interface]`, "5: " + u + `unknown key "b-c" in [Interface]`},
		own + "PostUp = a\nMTU: 1420\n":                           {"4: " + u + `missing "=" after MTU`},
		own + "PostUp = a\nListenPort 7\n":                        {"4: " + u + `missing "=" after ListenPort`},
		own + "PostUp = a\n; b -c\n":                              {"4: " + u + `unknown key ";b-c" in [Interface]`},
		own + "PostUp = a\n[Pear]\n":                              {"4: " + u + `unknown section "[Pear]": must be [Interface] or [Peer]`},
		own + "PostUp = a \\\nPostUp = b\n":                       {`3: warning: PostUp: ends with "\": the command does not continue on the next line`},
		own + "PostUp = a \\\n":                                   {`3: warning: PostUp: ends with "\": the command does not continue on the next line`},
		peer + "AllowedIPs = 10.0.0.0/8,\nEndpoint = x\n":         {"6: invalid AllowedIPs: missing address", `7: invalid Endpoint "x": missing port: must be HOST:PORT`},
		own + "PostUp = a \\\nb\nAdress = 1\nPostUp = c\nd e f\n": {"4: " + u + "PostUp" + join + "3-4, 6-7", "5: " + u + `unknown key "Adress" in [Interface], did you mean Address?`},
	} {
		if diff := cmp.Diff(want, checkText(wgconf.DialectWGQuick, text)); diff != "" {
			t.Errorf("Check of %q (-want +got):\n%s", text, diff)
		}
	}
	wantWG := []string{"4: " + u + "PostUp" + join + "3-4"}
	if diff := cmp.Diff(wantWG, checkText(wgconf.DialectWG, own+"PostUp = a \\\nb -c\n")); diff != "" {
		t.Errorf("Check of a hook for wg (-want +got):\n%s", diff)
	}
}

// TestQuickOnly checks which errors a program can ignore that does not use the keys
// of wg-quick(8), and that the other settings have their values.
func TestQuickOnly(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"Address = x": true, "DNS = 999.1.1.1": true, "MTU = x": true, "Table = a b": true, "SaveConfig = x": true, "Post Up = true": true,
		"PostUp = a \\\nb c": true, "Address = 10.0.0.1,\n10.0.0.2": true, "[Peer]\nPublicKey = " + keyA + "\nDNS = 192.0.2.1": true,
		"ListenPort = x": false, "FwMark = x": false, "PrivateKey = x": false, "Adress = 10.0.0.1": false, "x": false, "[x]": false, "Jc = 5": false,
		"[Peer]": false, "[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0,\n10.0.0.0/8": false, "MTU 1420": false,
	} {
		file := wgconf.Parse("f", []byte("[Interface]\nFwMark = 7\n"+line+"\n"))
		s, err := file.Settings(wgconf.DialectWGQuick)
		problems := unwrap(err)
		if len(problems) != 1 || problems[0].QuickOnly() != want {
			t.Errorf("Settings with %q = %v, want one problem with QuickOnly = %v", line, err, want)
		}
		if s.Interface.FwMark == nil || *s.Interface.FwMark != 7 {
			t.Errorf("Settings with %q: FwMark = %v, want 7", line, s.Interface.FwMark)
		}
	}
	if p := (&wgconf.Problem{}); p.QuickOnly() {
		t.Errorf("QuickOnly of the zero Problem = true, want false")
	}
}
