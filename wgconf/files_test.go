package wgconf_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
)

const (
	noAllowedIPs = "warning: no AllowedIPs: no packets go to this peer or are accepted from it"
	otherFormat  = ":1: not a file of wg(8) or wg-quick(8): this is "
	utf16        = otherFormat + "UTF-16: save it as UTF-8"
	notWireGuard = "not a file of wg(8) or wg-quick(8): "
	unbracketed  = "IPv6 address without brackets, read as port 51820: write [ADDRESS]:PORT"
)

// fileProblems are the problems of the files in testdata/check, without the names of
// the files.
var fileProblems = map[string][]string{
	"amnezia-app.conf":     {":5: " + notWireGuard + "Jc, Jmin, Jmax, S1, S2, S3, S4, H1, H2, H3, H4 and I1 are settings of AmneziaWG"},
	"amnezia-windows.conf": {":3: " + notWireGuard + "Jc, Jmin, Jmax, I1, I2, HeaderProtectionKey and RekeyTimeout are settings of AmneziaWG"},
	"awg-quick.conf":       {":6: " + notWireGuard + "Jc, Jmin, Jmax, S1, S2, H1, H2, H3, H4 and I1 are settings of AmneziaWG"},
	"awg-showconf.conf": {":4: " + notWireGuard + "Jc, Jmin, Jmax, S1, S2, S3, S4, H1, H2, H3, H4, I1, HeaderProtectionKey, ContentPaddingAddition, RekeyAfterTime, " +
		"RekeyTimeout, RejectAfterTime, KeepaliveTimeout, MaxHandshakeAttempts and AdvancedSecurity are settings of AmneziaWG"},
	"amneziawg.conf": {":5: not a file of wg(8) or wg-quick(8): Jc, Jmin, Jmax, S1, S2, H1, H2, I1 and AdvancedSecurity are settings of AmneziaWG"},
	"device.json":    {otherFormat + "JSON"},
	"dns.conf": {
		`:4: invalid DNS "[2001:db8::1]": must be an IP address without brackets`,
		":5: " + noAllowedIPs,
	},
	"dump.txt":   {otherFormat + "the output of wg show dump: use wg showconf"},
	"empty.conf": {": warning: no [Interface] section"},
	"hook-lines.conf": {
		":6: unrecognized line: PostUp does not continue on the next line: join lines 5-6, 7-8",
	},
	"ipv6-brackets.conf": {
		`:5: warning: Endpoint "2001:db8:400:d1::7d0:6001:51820": ` + unbracketed,
		":7: " + noAllowedIPs,
		`:9: invalid Endpoint "2001:db8::1": missing port: write [ADDRESS]:PORT`,
		":10: " + noAllowedIPs,
		`:12: warning: Endpoint "2001:db8:0:1:2:3:4:5:51820": ` + unbracketed,
	},
	"keepalive.conf": {
		`:5: unrecognized line: unknown key "Keepalive" in [Peer], did you mean PersistentKeepalive?`,
	},
	"mapped.conf": {
		`:5: warning: Endpoint "[::ffff:192.0.2.1]:51820": IPv4-mapped address: write 192.0.2.1:51820`,
	},
	"names.conf":                  nil,
	"networkd.netdev":             {otherFormat + "a file of systemd-networkd"},
	"networkmanager.nmconnection": {otherFormat + "a connection of NetworkManager"},
	"placeholder.conf": {
		":2: invalid PrivateKey: replace the placeholder; private key has 18 characters, must have 44 (base64)",
		`:4: invalid PublicKey "YOUR_PUBLIC_KEY": replace the placeholder; public key has 15 characters, must have 44 (base64)`,
		`:5: invalid Endpoint "<server>:51820": replace the placeholder; host must be an IP address or a name`,
	},
	"show.txt": {otherFormat + "the output of wg show: use wg showconf"},
	"url.conf": {
		":3: " + noAllowedIPs,
		`:5: invalid Endpoint "https://vpn.example.invalid:51820": must be HOST:PORT, not a URL`,
	},
	"utf16be-mark.conf": {utf16},
	"utf16be.conf":      {utf16},
	"utf16le-mark.conf": {utf16},
	"utf16le.conf":      {utf16},
	"zone.conf": {
		":3: " + noAllowedIPs,
		":6: " + noAllowedIPs,
		`:8: warning: Endpoint "fe80::2%lo:51820": ` + unbracketed,
		":9: " + noAllowedIPs,
	},
}

// amneziaProblems are the problems in DialectAWGQuick of the files that have others in
// DialectWGQuick.
var amneziaProblems = map[string][]string{
	"amnezia-app.conf": nil,
	"amnezia-windows.conf": {
		":7: warning: I2: missing value: awg(8) rejects the line",
		":8: warning: HeaderProtectionKey: missing value: awg(8) rejects the line",
		":9: warning: RekeyTimeout: missing value: awg(8) rejects the line",
	},
	"amneziawg.conf": {":15: warning: AdvancedSecurity: ignored, because it has no effect since AmneziaWG 3: remove the line"},
	"awg-quick.conf": nil,
	"awg-showconf.conf": {
		":15: warning: I1: missing value: awg(8) rejects the line",
		":26: warning: AdvancedSecurity: ignored, because it has no effect since AmneziaWG 3: remove the line",
	},
}

// TestCheckFiles checks complete files that users have: with mistakes, or of other
// programs.
func TestCheckFiles(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/check/*")
	if err != nil || len(paths) != len(fileProblems) {
		t.Fatalf("testdata/check has %d files, %v, want %d", len(paths), err, len(fileProblems))
	}
	for _, path := range paths {
		name := filepath.Base(path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := wgconf.Parse(name, text)
		mustHaveProblems(t, file, wgconf.DialectWGQuick, fileProblems[name])
		problems, ok := amneziaProblems[name]
		if !ok {
			problems = fileProblems[name]
		}
		mustHaveProblems(t, file, wgconf.DialectAWGQuick, problems)
	}
}

// mustHaveProblems fails if a file has other problems, which lack the name of the file.
func mustHaveProblems(t *testing.T, file *wgconf.File, d wgconf.Dialect, problems []string) {
	t.Helper()
	name := fmt.Sprint(file)
	var got, wantErrs []string
	for _, p := range file.Check(d) {
		got = append(got, p.Error())
		if !p.Warning {
			wantErrs = append(wantErrs, p.Error())
		}
	}
	var want []string
	for _, text := range problems {
		want = append(want, name+text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Check(%v) of %s (-want +got):\n%s", d, name, diff)
	}
	_, err := file.Settings(d)
	var errs []string
	for _, p := range unwrap(err) {
		errs = append(errs, p.Error())
	}
	if diff := cmp.Diff(wantErrs, errs); diff != "" {
		t.Errorf("Settings(%v) of %s (-want +got):\n%s", d, name, diff)
	}
}

// TestNameFiles checks the names of peers in a file with several conventions.
func TestNameFiles(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/check/names.conf")
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for key, name := range parseNames(string(text)) {
		got[key.String()] = name
	}
	want := map[string]string{
		"/KQRJK193AQGZqcnLt1jhV3q60usyZbQfY/DY3p3SRc=": "alice-phone",
		"1WZT3QWYAz66eZVSBzPdn3vtVaRRGtszhlDp+n2L9zI=": "bob-laptop",
		"aGnSPseP+aTkkAFuGnAFi8KUBHwfCngNo8+921YoHV8=": "carol",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("PeerNames (-want +got):\n%s", diff)
	}
}
