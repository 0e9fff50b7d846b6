package testutil

import (
	"reflect"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// seen records for each field whether scenarios set it and, if it is a pointer,
// whether they set it to zero.
type seen struct{ used, cleared map[string]bool }

func (s seen) add(v reflect.Value) {
	for i := range v.NumField() {
		name, f := v.Type().Name()+"."+v.Type().Field(i).Name, v.Field(i)
		if f.IsZero() {
			continue
		}
		isPointer := f.Kind() == reflect.Pointer
		if isPointer && f.Elem().IsZero() {
			s.cleared[name] = true
		} else {
			s.used[name] = true
		}
	}
}

func TestScenariosCoverFields(t *testing.T) {
	t.Parallel()
	s := seen{make(map[string]bool), make(map[string]bool)}
	for _, scenario := range slices.Concat(Scenarios(), AmneziaScenarios(wgtypes.AmneziaV31)) {
		for _, c := range scenario.Steps {
			s.add(reflect.ValueOf(c))
			for _, p := range c.Peers {
				s.add(reflect.ValueOf(p))
			}
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[wgtypes.Config](), reflect.TypeFor[wgtypes.PeerConfig]()} {
		for f := range typ.Fields() {
			name := typ.Name() + "." + f.Name
			if !s.used[name] {
				t.Errorf("scenarios set %s never, want at least one that does", name)
			}
			if f.Type.Kind() == reflect.Pointer && !s.cleared[name] {
				t.Errorf("scenarios set %s to zero never, want at least one that does", name)
			}
		}
	}
}
