package plist_test

import (
	_ "embed"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wgnetbsd/plist"
)

// proplib is a property list that proplib wrote. It is embedded because OSS-Fuzz runs
// fuzz targets without testdata.
//
//go:embed testdata/proplib-get.plist
var proplib string

// vector returns a property list that proplib wrote.
func vector() []byte { return []byte(proplib) }

// transcode decodes b and encodes the result.
func transcode(b []byte) ([]byte, error) {
	d, e := plist.NewDecoder(b), plist.NewEncoder(nil)
	copyValue(&d, &e)
	if err := d.Finish(); err != nil {
		return nil, err
	}
	return e.Finish(), nil
}

// copyValue decodes one value and encodes it.
func copyValue(d *plist.Decoder, e *plist.Encoder) {
	switch k := d.Kind(); k {
	case plist.Dict:
		d.Begin(k)
		e.Begin(k)
		for key, ok := d.Key(); ok; key, ok = d.Key() {
			e.Key(string(key))
			copyValue(d, e)
		}
		e.End(k)
	case plist.Array:
		d.Begin(k)
		e.Begin(k)
		for d.More() {
			copyValue(d, e)
		}
		e.End(k)
	case plist.String:
		e.String(d.String())
	case plist.Number:
		e.Integer(d.Integer())
	case plist.Data:
		e.Data(d.Data(nil))
	case plist.True, plist.False:
		e.Bool(k == plist.True)
		d.Skip()
	}
}

// TestVector checks that what proplib wrote is reproduced to the byte.
func TestVector(t *testing.T) {
	t.Parallel()
	want := vector()
	got, err := transcode(want)
	if err != nil {
		t.Fatalf("transcode() = %v, want nil", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("transcode() (-want +got):\n%s", diff)
	}
}

// TestSkip checks that Skip accepts what proplib wrote, and consumes it.
func TestSkip(t *testing.T) {
	t.Parallel()
	d := plist.NewDecoder(vector())
	d.Skip()
	if err := d.Finish(); err != nil {
		t.Errorf("Finish() after Skip() = %v, want nil", err)
	}
}
