package wgtypes_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// dump appends everything that reflection reaches from v, like a printer that
// follows unexported pointers and calls no methods.
func dump(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			dump(b, v.Elem())
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			dump(b, v.MapIndex(key))
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			dump(b, field)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8 {
			var bytes []byte
			for i := range v.Len() {
				bytes = append(bytes, byte(v.Index(i).Uint()))
			}
			fmt.Fprintf(b, "%v %x\n", bytes, bytes)
			return
		}
		for i := range v.Len() {
			dump(b, v.Index(i))
		}
	}
}

// TestReflectionFindsNoSecret checks that printers that ignore methods, such as the
// diffs of test libraries, find no key in any exported type.
func TestReflectionFindsNoSecret(t *testing.T) {
	t.Parallel()
	for name, forms := range secretTypes {
		for _, v := range forms(t).shapes {
			var b strings.Builder
			dump(&b, reflect.ValueOf(v))
			if f := testutil.FindSecret(b.String()); f != "" {
				t.Errorf("reflection on a %T of %s finds a key as %s, want none:\n%s", v, name, f, b.String())
			}
		}
	}
}

// TestCmpDiffOfKeys checks that go-cmp, which prints the memory of two different
// keys, prints no bytes of them.
func TestCmpDiffOfKeys(t *testing.T) {
	t.Parallel()
	d := filled[wgtypes.Device](t)
	other := d.Clone()
	b := secretBytes
	b[31] ^= 1
	other.PrivateKey, other.Peers[1].PresharedKey = wgtypes.NewPrivateKey(b), wgtypes.NewPresharedKey(b)
	other.Amnezia.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey(b)
	diff := cmp.Diff(d, *other, values)
	if f := testutil.FindSecret(diff); f != "" || diff == "" {
		t.Errorf("Diff() = %q, want a difference without keys, got one as %q", diff, f)
	}
}

// TestPresharedKeyAtMasks checks that PresharedKeyAt leaves no plain bytes of the key
// in the memory that it takes over.
func TestPresharedKeyAtMasks(t *testing.T) {
	t.Parallel()
	b := secretBytes
	k := wgtypes.PresharedKeyAt(&b)
	if b == secretBytes || k.Bytes() != secretBytes {
		t.Errorf("PresharedKeyAt() leaves the bytes %x for the key %x, want masked bytes for %x", b, k.Bytes(), secretBytes)
	}
}
