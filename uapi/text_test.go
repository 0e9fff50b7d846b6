package uapi_test

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestZonesAreTheOnlyText checks that zones and the packets of AmneziaWG are the only
// texts in a Config, so that FuzzInjection covers all of it. It fails if a new field has
// another text.
func TestZonesAreTheOnlyText(t *testing.T) {
	t.Parallel()
	without := []reflect.Type{
		reflect.TypeFor[wgtypes.PublicKey](), reflect.TypeFor[wgtypes.PrivateKey](), reflect.TypeFor[wgtypes.PresharedKey](),
		reflect.TypeFor[wgtypes.HeaderProtectionKey](),
		reflect.TypeFor[netip.Prefix](), // which has no zone
		reflect.TypeFor[netip.AddrPort](),
	}
	packets := []string{"Config.Amnezia.I1", "Config.Amnezia.I2", "Config.Amnezia.I3", "Config.Amnezia.I4", "Config.Amnezia.I5"}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		if slices.Contains(without, typ) || slices.Contains(packets, path) {
			return
		}
		switch typ.Kind() {
		case reflect.Bool, reflect.Int64, reflect.Uint16, reflect.Uint32:
		case reflect.Pointer, reflect.Slice:
			walk(path, typ.Elem())
		case reflect.Struct:
			for field := range typ.Fields() {
				walk(path+"."+field.Name, field.Type)
			}
		default:
			t.Errorf("%s is a %v, want a type without text, or FuzzInjection to cover it", path, typ)
		}
	}
	walk("Config", reflect.TypeFor[wgtypes.Config]())
	if zone := netip.PrefixFrom(netip.MustParseAddr("fe80::1%a\nb"), 64).Addr().Zone(); zone != "" {
		t.Errorf("zone of a prefix = %q, want none", zone)
	}
}
