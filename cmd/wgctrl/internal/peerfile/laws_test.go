package peerfile_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/peerfile"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzEdit checks that Remove undoes Add, that a peer that was added has its name and
// its settings, and that Rename changes the name.
func FuzzEdit(f *testing.F) {
	for _, text := range []string{
		"", "[Interface]\nListenPort = 1", "[Interface]\r\n\r\n[Peer]\r\nPublicKey = KEYA\r\n# x\r\n", "# x\n\n[Peer] # a\nPublicKey = KEYA\n[X]\ny\n\n# z\n",
	} {
		f.Add([]byte(keys.Replace(text)), "alice", "bob")
	}
	f.Fuzz(func(t *testing.T, text []byte, name, other string) {
		file, err := peerfile.Parse("f", text)
		if err != nil || peerfile.CheckName(name) != nil || peerfile.CheckName(other) != nil || file.Has(keyC) {
			return
		}
		added, err := file.Add(name, newPeer(keyC))
		if err != nil {
			return // a comment at the end
		}
		if !bytes.HasPrefix(added, text) {
			t.Errorf("Add to %q = %q, want the text and more", text, added)
		}
		edited := reparse(t, added)
		if got := edited.Name(keyC); got != name || !edited.Has(keyC) {
			t.Errorf("name after Add to %q = %q, want %q", text, got, name)
		}
		removed, err := edited.Remove(keyC)
		if trim := func(b []byte) []byte { return bytes.TrimRight(b, " \t\v\f\r\n") }; err != nil || !bytes.Equal(trim(removed), trim(text)) {
			t.Errorf("Remove after Add = %q, %v, want %q", removed, err, text)
		}
		renamed, err := edited.Rename(keyC, other)
		if err != nil {
			t.Fatalf("Rename after Add to %q: %v", text, err)
		}
		if got := reparse(t, renamed).Name(keyC); got != other {
			t.Errorf("name after Rename = %q, want %q", got, other)
		}
		checkRemoveAll(t, edited)
	})
}

func reparse(t *testing.T, text []byte) *peerfile.File {
	t.Helper()
	file, err := peerfile.Parse("f", text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return file
}

// checkRemoveAll checks that Remove of any peer leaves exactly the others.
func checkRemoveAll(t *testing.T, file *peerfile.File) {
	t.Helper()
	for peer := range file.Peers() {
		text, err := file.Remove(peer.PublicKey)
		if err != nil {
			continue // to be edited by hand
		}
		var want, got []wgtypes.PublicKey
		for p := range file.Peers() {
			if p.PublicKey != peer.PublicKey {
				want = append(want, p.PublicKey)
			}
		}
		for p := range reparse(t, text).Peers() {
			got = append(got, p.PublicKey)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Remove(%s) leaves %v, want %v", peer.PublicKey, got, want)
		}
	}
}
