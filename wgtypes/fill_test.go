package wgtypes_test

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// values compares the opaque values of net/netip.
var values = cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{})

// secretBytes is in every secret that fill makes.
var secretBytes = testutil.SecretBytes

// opaque are the values of the fields that reflection cannot fill.
var opaque = map[reflect.Type]any{
	reflect.TypeFor[wgtypes.PrivateKey]():   wgtypes.NewPrivateKey(secretBytes),
	reflect.TypeFor[wgtypes.PresharedKey](): wgtypes.NewPresharedKey(secretBytes),
	reflect.TypeFor[wgtypes.PublicKey]():    wgtypes.PublicKey{1, 2, 3},
	reflect.TypeFor[wgtypes.Kind]():         wgtypes.KindUserspace,
	reflect.TypeFor[netip.AddrPort]():       netip.MustParseAddrPort("[fe80::1%7]:51820"),
	reflect.TypeFor[netip.Prefix]():         netip.MustParsePrefix("192.0.2.0/24"),
	reflect.TypeFor[time.Duration]():        25 * time.Second,
	reflect.TypeFor[time.Time]():            time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC),
}

// fill sets v and everything in it to what is not its zero value. It fails for
// a type that it does not know, so that a new field cannot slip through.
func fill(t testing.TB, v reflect.Value) {
	t.Helper()
	if known, ok := opaque[v.Type()]; ok {
		v.Set(reflect.ValueOf(known))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.String:
		v.SetString("wg0")
	case reflect.Interface:
		if !v.Type().Implements(reflect.TypeFor[error]()) {
			t.Fatalf("fill does not know %v", v.Type())
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				t.Fatalf("fill cannot set %v.%s", v.Type(), v.Type().Field(i).Name)
			}
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("fill does not know %v", v.Type())
	}
}

// filled returns a T in which nothing is zero.
func filled[T any](t testing.TB) T {
	t.Helper()
	var v T
	fill(t, reflect.ValueOf(&v).Elem())
	return v
}
