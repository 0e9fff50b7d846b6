package plist_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wgnetbsd/plist"
)

// FuzzDecoder checks that hostile input is either malformed or a value that keeps its
// encoded form, and that Skip accepts exactly what the other methods accept.
func FuzzDecoder(f *testing.F) {
	f.Add(vector())
	f.Add(wrap("<array><dict><key>a&amp;</key><data>CgAA</data></dict><true/><integer>-1</integer><string/></array>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		once, err := transcode(b)
		if err != nil && !errors.Is(err, plist.ErrMalformed) {
			t.Fatalf("transcode(%q) = %v, want ErrMalformed", b, err)
		}
		d := plist.NewDecoder(b)
		d.Skip()
		if skipped := d.Finish(); (skipped == nil) != (err == nil) {
			t.Fatalf("Finish() after Skip() of %q = %v, want as after decoding: %v", b, skipped, err)
		}
		if err != nil {
			return
		}
		twice, err := transcode(once)
		if err != nil || !bytes.Equal(twice, once) {
			t.Fatalf("transcode(%q) = %q, %v, want it unchanged", once, twice, err)
		}
	})
}
