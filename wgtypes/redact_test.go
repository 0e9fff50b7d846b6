package wgtypes_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// printable are the exported types of the package, filled, in every shape.
// TestEveryTypeIsTested holds it to be complete.
var printable = map[string]func(t testing.TB) []any{
	"PrivateKey":   func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.PrivateKey](t)) },
	"PresharedKey": func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.PresharedKey](t)) },
	"PublicKey":    func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.PublicKey](t)) },
	"Kind":         func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.Kind](t)) },
	"DeviceRef":    func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.DeviceRef](t)) },
	"Device":       func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.Device](t)) },
	"Peer":         func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.Peer](t)) },
	"Config":       func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.Config](t)) },
	"PeerConfig":   func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.PeerConfig](t)) },
	"FieldError":   func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.FieldError](t)) },
	"Event":        func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.Event](t)) },
	"EventKind":    func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.EventKind](t)) },
	"Field":        func(t testing.TB) []any { return testutil.Shapes(filled[wgtypes.Field](t)) },
}

// loggable are the types that hide secrets from log/slog, filled.
var loggable = map[string]func(t testing.TB) []any{
	"PrivateKey":   func(t testing.TB) []any { return logged(filled[wgtypes.PrivateKey](t)) },
	"PresharedKey": func(t testing.TB) []any { return logged(filled[wgtypes.PresharedKey](t)) },
	"Device":       func(t testing.TB) []any { return logged(filled[wgtypes.Device](t)) },
	"Peer":         func(t testing.TB) []any { return logged(filled[wgtypes.Peer](t)) },
	"Config":       func(t testing.TB) []any { return logged(filled[wgtypes.Config](t)) },
	"PeerConfig":   func(t testing.TB) []any { return logged(filled[wgtypes.PeerConfig](t)) },
}

func logged[T any](v T) []any { return []any{v, &v} }

// harmless are the exported types that hold no secret, so that slog may look
// inside. (TestEventsHideSecrets says more of an Event.)
var harmless = []string{"PublicKey", "Kind", "DeviceRef", "FieldError", "Event", "EventKind", "Field"}

// TestEveryTypeIsTested fails for an exported type that the tests of secrets
// do not know.
func TestEveryTypeIsTested(t *testing.T) {
	t.Parallel()
	exported := exportedTypes(t)
	for name := range exported {
		if printable[name] == nil {
			t.Errorf("type %s is new: add it to printable", name)
		}
	}
	for name := range printable {
		if !exported[name] {
			t.Errorf("type %s does not exist", name)
		}
	}
	for _, name := range harmless {
		if loggable[name] != nil {
			t.Errorf("type %s is said to be harmless and to hold a secret", name)
		}
		delete(exported, name)
	}
	for name := range exported {
		if loggable[name] == nil {
			t.Errorf("type %s is new: add it to loggable, or to harmless if it holds no secret", name)
		}
	}
}

// TestHarmless shows that the types are what they are said to be.
func TestHarmless(t *testing.T) {
	t.Parallel()
	for _, name := range harmless {
		for _, v := range printable[name](t) {
			if f := testutil.FindSecret(fmt.Sprintf("%+v", v)); f != "" {
				t.Errorf("%s holds a secret, printed as %s", name, f)
			}
			if text, err := json.Marshal(v); err == nil && testutil.FindSecret(string(text)) != "" {
				t.Errorf("%s holds a secret, in JSON: %s", name, text)
			}
		}
	}
}

// exportedTypes returns the names that the package's source declares.
func exportedTypes(t *testing.T) map[string]bool {
	t.Helper()
	names, err := testutil.ExportedTypes(".")
	if err != nil || len(names) == 0 {
		t.Fatalf("no exported types were found: %v", err)
	}
	return names
}

// TestPrintHidesSecrets prints everything under every verb, the wrong ones
// too: package fmt then goes round the methods of a value.
func TestPrintHidesSecrets(t *testing.T) {
	t.Parallel()
	for name, values := range printable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, v := range values(t) {
				for format, out := range testutil.Printed(v) {
					if f := testutil.FindSecret(out); f != "" {
						t.Errorf("shape %d (%T) under %q holds %s: %s", i, v, format, f, out)
					}
				}
			}
		})
	}
}

// TestSecretsPrintAsHidden shows what is printed in their place.
func TestSecretsPrintAsHidden(t *testing.T) {
	t.Parallel()
	for _, key := range []any{filled[wgtypes.PrivateKey](t), filled[wgtypes.PresharedKey](t), wgtypes.PrivateKey{}} {
		for _, verb := range "vsdxXqcbotT" {
			want := "(hidden)"
			if verb == 'T' {
				want = fmt.Sprintf("%T", key)
			}
			if got := fmt.Sprintf("%+"+string(verb), key); got != want {
				t.Errorf("%%+%c of a %T prints %q, want %q", verb, key, got, want)
			}
		}
		if s := key.(fmt.Stringer).String(); s != "(hidden)" {
			t.Errorf("String of a %T returns %q", key, s)
		}
	}
}

func TestLogHidesSecrets(t *testing.T) {
	t.Parallel()
	for name, values := range loggable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, v := range values(t) {
				for handler, out := range testutil.Logged(v) {
					if f := testutil.FindSecret(out); f != "" {
						t.Errorf("%T in %s holds %s: %s", v, handler, f, out)
					}
					if n := strings.Count(out, "(hidden)"); n != 3 {
						t.Errorf("%T in %s says \"(hidden)\" %d times in 3 lines: %s", v, handler, n, out)
					}
				}
			}
		})
	}
}

// TestLogOfNil shows that a nil pointer, logged by mistake, ends no program.
func TestLogOfNil(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "d", (*wgtypes.Device)(nil), "k", (*wgtypes.PrivateKey)(nil))
	if !strings.Contains(b.String(), "msg=m") {
		t.Errorf("nothing was logged: %q", b.String())
	}
}
