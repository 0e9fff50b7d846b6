package peerfile_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/peerfile"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The keys of peers, as in the tests' files.
var (
	keyA, keyB, keyC = wgtypes.PublicKey{1}, wgtypes.PublicKey{2}, wgtypes.PublicKey{3}

	// keys replaces KEYA, KEYB and KEYC by keys.
	keys = strings.NewReplacer("KEYA", keyA.String(), "KEYB", keyB.String(), "KEYC", keyC.String())
)

func parse(t testing.TB, text string) *peerfile.File {
	t.Helper()
	f, err := peerfile.Parse("wg0.conf", []byte(keys.Replace(text)))
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return f
}

// newPeer is a peer that tests add.
func newPeer(key wgtypes.PublicKey) wgconf.Peer {
	return wgconf.Peer{PublicKey: key, AllowedIPs: []wgconf.AllowedIP{{Prefix: netip.MustParsePrefix("10.0.0.9/32")}}}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	const added = "# Name = carol\n[Peer]\nPublicKey = KEYC\nAllowedIPs = 10.0.0.9/32\n"
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", added},
		{"interface", "[Interface]\nListenPort = 1\n", "[Interface]\nListenPort = 1\n\n" + added},
		{"no line feed", "[Interface]\nListenPort = 1", "[Interface]\nListenPort = 1\n\n" + added},
		{"empty line", "[Interface]\n\n", "[Interface]\n\n" + added},
		{"comment", "[Interface]\nListenPort = 1\n# end", "[Interface]\nListenPort = 1\n# end\n\n" + added},
		{"unknown lines", "[Interface]\nColour = red\n[Other]\nx\n", "[Interface]\nColour = red\n[Other]\nx\n\n" + added},
		{"AmneziaWG", "[Interface]\nJc = 4\nH1 = 5-9\n", "[Interface]\nJc = 4\nH1 = 5-9\n\n" + added},
		{"line ends", "[Interface]\r\nListenPort = 1\r\n", strings.ReplaceAll("[Interface]\nListenPort = 1\n\n"+added, "\n", "\r\n")},
		{
			"peer", "[interface]\nlistenport=1 #x\n[peer] # alice\npublickey=KEYA\n",
			"[interface]\nlistenport=1 #x\n[peer] # alice\npublickey=KEYA\n\n" + added,
		},
	} {
		got, err := parse(t, test.text).Add("carol", newPeer(keyC))
		if want := keys.Replace(test.want); string(got) != want || err != nil {
			t.Errorf("%s: Add() = %q, %v, want %q", test.name, got, err, want)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	const top, a, c = "[Interface]\nListenPort = 1\n", "# Name = alice\n[Peer]\nPublicKey = KEYA\n", "# Name = carol\n[Peer]\nPublicKey = KEYC\n"
	for _, test := range []struct{ name, text, want string }{
		{"middle", top + "\n" + a + "\n[Peer]\nPublicKey = KEYB\n\n" + c, top + "\n" + a + "\n" + c},
		{"first", top + "\n[Peer]\nPublicKey = KEYB\n\n" + c, top + "\n" + c},
		{"last", top + "\n" + a + "\n[Peer]\nPublicKey = KEYB", top + "\n" + a},
		{"only", "[Peer]\nPublicKey = KEYB\n", ""},
		{"no empty lines", top + "[Peer]\nPublicKey = KEYB\n[Peer]\nPublicKey = KEYC\n", top + "[Peer]\nPublicKey = KEYC\n"},
		{"one empty line", top + "[Peer]\nPublicKey = KEYB\n\n" + c, top + "\n" + c},
		{"several empty lines", top + "\n\n\n[Peer]\nPublicKey = KEYB\n\n\n" + c, top + "\n\n\n" + c},
		{"own comments", top + "\n# Name = bob\n# of sales\n[Peer] # b\n# c\nPublicKey = KEYB\n# d\n\n" + c, top + "\n" + c},
		{"unknown lines", top + "\n[Peer]\nPublicKey = KEYB\nColour = red\n\n" + c, top + "\n" + c},
		{"comment of the interface", top + "# x\n[Peer]\nPublicKey = KEYB\n", top + "# x\n"},
		{"heading of the next", top + "\n[Peer]\nPublicKey = KEYB\n\n# === the rest ===\n\n" + c, top + "\n# === the rest ===\n\n" + c},
		{"commented peer", top + "\n[Peer]\nPublicKey = KEYB\n\n#[Peer]\n#PublicKey = x\n", top + "\n#[Peer]\n#PublicKey = x\n"},
		{"loose name", top + "\n" + a + "\n[Peer]\nPublicKey = KEYB\n\n# Name = bob\n", top + "\n" + a},
		{"twice", top + "\n[Peer]\nPublicKey = KEYB\n\n" + a + "\n[Peer]\nPublicKey = KEYB\nEndpoint = [::1]:1\n", top + "\n" + a},
		{"markers", top + "\n### begin bob ###\n[Peer]\nPublicKey = KEYB\n### end bob ###\n### begin carol ###\n[Peer]\nPublicKey = KEYC\n### end carol ###\n", top + "\n### begin carol ###\n[Peer]\nPublicKey = KEYC\n### end carol ###\n"},
		{"line ends", strings.ReplaceAll(top+"\n[Peer]\nPublicKey = KEYB\n\n"+c, "\n", "\r\n"), strings.ReplaceAll(top+"\n"+c, "\n", "\r\n")},
	} {
		got, err := parse(t, test.text).Remove(keyB)
		if want := keys.Replace(test.want); string(got) != want || err != nil {
			t.Errorf("%s: Remove() = %q, %v, want %q", test.name, got, err, want)
		}
	}
	if _, err := parse(t, top).Remove(keyB); !errors.Is(err, peerfile.ErrNotFound) {
		t.Errorf("Remove(a missing peer) = %v, want %v", err, peerfile.ErrNotFound)
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	const top, end = "[Interface]\nListenPort = 1\n", "PublicKey = KEYB\n\n# Name = bob\n[Peer]\nPublicKey = KEYC\n"
	for _, test := range []struct{ name, text, want string }{
		{"assigned above", "# Name = bob\n[Peer]\n" + end, "# Name = carol\n[Peer]\n" + end},
		{"assigned inside", "[Peer]\n#Name:bob\n" + end, "[Peer]\n#Name:carol\n" + end},
		{"other convention", "[Peer]\n# friendly_name=bob\n" + end, "[Peer]\n# friendly_name=carol\n" + end},
		{"free above", "# bob and others\n# bob\n[Peer]\n" + end, "# bob and others\n# carol\n[Peer]\n" + end},
		{"on the header", "[Peer] # bob\n" + end, "[Peer] # carol\n" + end},
		{"several comments", "# bob's laptop\n# Name = bob\n[Peer]\n" + end, "# bob's laptop\n# Name = carol\n[Peer]\n" + end},
		{"part of the comment", "# Name = b\n[Peer] # b\n" + end, "# Name = carol\n[Peer] # b\n" + end},
		{"unnamed", "[Peer]\n" + end, "[Peer]\n# Name = carol\n" + end},
		{"line ends", strings.ReplaceAll("[Peer]\n"+end, "\n", "\r\n"), strings.ReplaceAll("[Peer]\n# Name = carol\n"+end, "\n", "\r\n")},
	} {
		text := top + "\n" + test.text
		if strings.Contains(test.text, "\r\n") {
			text = strings.ReplaceAll(top, "\n", "\r\n") + "\r\n" + test.text
		}
		got, err := parse(t, text).Rename(keyB, "carol")
		if want := keys.Replace(strings.Replace(text, test.text, test.want, 1)); string(got) != want || err != nil {
			t.Errorf("%s: Rename() = %q, %v, want %q", test.name, got, err, want)
		}
	}
	// As a free comment, the new name would be a remark.
	got, err := parse(t, top+"\n# bob\n[Peer]\nPublicKey = KEYB\n").Rename(keyB, "todo list")
	if want := keys.Replace(top + "\n# bob\n[Peer]\n# Name = todo list\nPublicKey = KEYB\n"); string(got) != want || err != nil {
		t.Errorf("Rename(%q) = %q, %v, want %q", "todo list", got, err, want)
	}
	if _, err := parse(t, top).Rename(keyB, "carol"); !errors.Is(err, peerfile.ErrNotFound) {
		t.Errorf("Rename(a missing peer) = %v, want %v", err, peerfile.ErrNotFound)
	}
}

// TestEditByHand checks that no edit changes what belongs to another peer.
func TestEditByHand(t *testing.T) {
	t.Parallel()
	// The comment at the end names the peer above it only while nothing follows.
	const text = "[Peer]\nPublicKey = KEYA\n\n# Name = alice\n"
	got, err := parse(t, text).Add("carol", newPeer(keyC))
	if got != nil || err == nil || !strings.Contains(err.Error(), "wg0.conf: edit the file by hand") {
		t.Errorf("Add() = %q, %v, want an error that says to edit the file by hand", got, err)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[Interface]\nAddress = 10.0.0\n":               "wg0.conf:2: ",
		"[Interface]\n\n[Peer]\nEndpoint = [::1]:1\n":   "wg0.conf:3: ",
		"[Peer]\nPublicKey = KEYA\nAllowedIPs = 1/99\n": "wg0.conf:3: ",
		"[NetDev]\nName=wg0\nKind=wireguard\n":          "wg0.conf",
	} {
		_, err := peerfile.Parse("wg0.conf", []byte(keys.Replace(text)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

// TestParseTooManyErrors checks that the error of a file with too many unrecognized lines
// names some of them.
func TestParseTooManyErrors(t *testing.T) {
	t.Parallel()
	_, err := peerfile.Parse("wg0.conf", []byte(strings.Repeat("x\n", 5000)))
	if want := "wg0.conf:1: unrecognized line"; err == nil || !strings.HasPrefix(err.Error(), want) || !errors.Is(err, wgconf.ErrTooMany) {
		t.Errorf("Parse() of 5000 unrecognized lines = %.200v, want an error that begins with %q and wraps %v", err, want, wgconf.ErrTooMany)
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	f := parse(t, "# Name = a\n[Peer]\nPublicKey = KEYA\n\n# Name = b\n[Peer]\nPublicKey = KEYB\n\n# Name = b\n[Peer]\nPublicKey = KEYC\n\n# Name = a\n[Peer]\nPublicKey = KEYA\n")
	if key, err := f.Named("a"); key != keyA || err != nil {
		t.Errorf("Named(a) = %v, %v, want %v", key, err, keyA)
	}
	for _, name := range []string{"", "A", "c"} {
		if _, err := f.Named(name); !errors.Is(err, peerfile.ErrNotFound) {
			t.Errorf("Named(%q) = %v, want %v", name, err, peerfile.ErrNotFound)
		}
	}
	if _, err := f.Named("b"); err == nil || errors.Is(err, peerfile.ErrNotFound) || !strings.Contains(err.Error(), keyB.String()+", "+keyC.String()) {
		t.Errorf("Named(b) = %v, want an error with both keys", err)
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "alice", "alice's laptop", "Zoë", "a = b: c", "[x]", "#1", "192.0.2.1", "end", "todo", strings.Repeat("ab ", 42) + "ab"} {
		if err := peerfile.CheckName(name); err != nil {
			t.Errorf("CheckName(%q) = %v, want nil", name, err)
		}
	}
	for name, want := range map[string]string{
		"":                        "must not be empty",
		" a":                      "begin or end",
		"a\t":                     "control",
		"a\nPostUp = x":           "control",
		"a\r":                     "control",
		"a\x00":                   "control",
		"a\x1b[31m":               "control",
		"a\xff":                   "control",
		"a\u202e":                 "control",
		"a\u2028b":                "control",
		"a #":                     "would not be read back",
		strings.Repeat("a b", 43): "has 129 bytes, must have at most 128",
		keyA.String():             "(hidden)",
	} {
		if err := peerfile.CheckName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CheckName(%q) = %v, want an error with %q", name, err, want)
		}
	}
}
