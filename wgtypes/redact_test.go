package wgtypes_test

import (
	"encoding/base64"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

type exportedField[T any] struct {
	Name  string
	Value T
}

type unexportedField[T any] struct {
	name  string
	value T
	ptr   *T
}

// shapes returns v in every place where package fmt treats values differently.
func shapes[T any](v T) []any {
	type embedded struct{ exportedField[T] }
	p := &v
	return []any{
		v, p, &p,
		[]T{v}, []*T{p}, &[]T{v}, [1]T{v}, &[1]T{v}, [][]T{{v}}, []any{v, p},
		map[string]T{"k": v}, map[string]*T{"k": p}, &map[string]T{"k": v},
		exportedField[T]{"n", v}, &exportedField[T]{"n", v}, exportedField[*T]{"n", p}, exportedField[any]{"n", v},
		unexportedField[T]{"n", v, p}, &unexportedField[T]{"n", v, p}, []unexportedField[T]{{"n", v, p}},
		unexportedField[any]{name: "n", value: v}, embedded{exportedField[T]{"n", v}},
	}
}

// printable are the exported types of the package, filled, in every shape.
// TestEveryTypeIsTested holds it to be complete.
var printable = map[string]func(t testing.TB) []any{
	"PrivateKey":   func(t testing.TB) []any { return shapes(filled[wgtypes.PrivateKey](t)) },
	"PresharedKey": func(t testing.TB) []any { return shapes(filled[wgtypes.PresharedKey](t)) },
	"PublicKey":    func(t testing.TB) []any { return shapes(filled[wgtypes.PublicKey](t)) },
	"Kind":         func(t testing.TB) []any { return shapes(filled[wgtypes.Kind](t)) },
	"DeviceRef":    func(t testing.TB) []any { return shapes(filled[wgtypes.DeviceRef](t)) },
	"Device":       func(t testing.TB) []any { return shapes(filled[wgtypes.Device](t)) },
	"Peer":         func(t testing.TB) []any { return shapes(filled[wgtypes.Peer](t)) },
	"Config":       func(t testing.TB) []any { return shapes(filled[wgtypes.Config](t)) },
	"PeerConfig":   func(t testing.TB) []any { return shapes(filled[wgtypes.PeerConfig](t)) },
	"FieldError":   func(t testing.TB) []any { return shapes(filled[wgtypes.FieldError](t)) },
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
// inside.
var harmless = []string{"PublicKey", "Kind", "DeviceRef", "FieldError"}

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
			if f := leak(fmt.Sprintf("%+v", v)); f != "" {
				t.Errorf("%s holds a secret, printed as %s", name, f)
			}
		}
	}
}

// exportedTypes returns the names that the package's source declares.
func exportedTypes(t *testing.T) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() {
					names[ts.Name.Name] = true
				}
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("no exported types were found")
	}
	return names
}

var flags = []string{"", "+", "#", " ", "0", "-", "# "}

// TestPrintHidesSecrets prints everything under every verb, the wrong ones
// too: package fmt then goes round the methods of a value.
func TestPrintHidesSecrets(t *testing.T) {
	t.Parallel()
	for name, values := range printable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, v := range values(t) {
				for format, out := range printed(v) {
					if f := leak(out); f != "" {
						t.Errorf("shape %d (%T) under %q holds %s: %s", i, v, format, f, out)
					}
				}
			}
		})
	}
}

func printed(v any) map[string]string {
	out := map[string]string{
		"Println": fmt.Sprintln(v, v),
		"Print":   fmt.Sprint("a", v, v),
	}
	// The arguments do not fit the formats, and that is the test.
	for _, format := range []string{"", "%!", "%*d", "%.*d", "%.3s", "%60.50v", "%[1]d %[3]v", "%w", "%v %w", "%w %w"} {
		out[format] = fmt.Sprintf(format, v, v)
		out["Errorf "+format] = fmt.Errorf(format, v, v).Error()
	}
	for _, flag := range flags {
		for verb := 'A'; verb <= 'z'; verb++ {
			if verb > 'Z' && verb < 'a' {
				continue
			}
			format := "%" + flag + string(verb)
			out[format] = fmt.Sprintf(format, v)
		}
	}
	return out
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
	handlers := map[string]func(*strings.Builder) slog.Handler{
		"text": func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
	}
	for handler, create := range handlers {
		for name, values := range loggable {
			t.Run(handler+"/"+name, func(t *testing.T) {
				t.Parallel()
				for _, v := range values(t) {
					var b strings.Builder
					log := slog.New(create(&b))
					log.Info("m", "key", v)
					log.Info("m", slog.Group("g", slog.Any("any", v)))
					log.With(slog.Any("with", v)).WithGroup("group").Info("m")
					if f := leak(b.String()); f != "" {
						t.Errorf("%T holds %s: %s", v, f, b.String())
					}
					if n := strings.Count(b.String(), "(hidden)"); n != 3 {
						t.Errorf("%T says \"(hidden)\" %d times in 3 lines: %s", v, n, b.String())
					}
				}
			})
		}
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

// leaks are the forms that a part of secretBytes may take, each with a name.
var leaks = func() map[string]string {
	forms := make(map[string]string)
	text := base64.StdEncoding.EncodeToString(secretBytes[:])
	url := base64.URLEncoding.EncodeToString(secretBytes[:])
	for _, at := range []int{0, 16, 36} {
		forms[text[at:at+6]] = "base64"
		forms[url[at:at+6]] = "URL base64"
	}
	for _, at := range []int{0, 14, 28} {
		part := secretBytes[at : at+4]
		forms[string(part)] = "raw bytes"
		quoted := strconv.Quote(string(part))
		forms[quoted[1:len(quoted)-1]] = "quoted bytes"
		quoted = strconv.QuoteToASCII(string(part))
		forms[quoted[1:len(quoted)-1]] = "quoted ASCII"
		for _, flag := range flags {
			for _, verb := range "vdxXobqUcO" {
				form := fmt.Sprintf("%"+flag+string(verb), part)
				form = strings.TrimPrefix(form, "[]byte")
				forms[strings.Trim(form, "[]{}")] = "%" + flag + string(verb)
			}
		}
	}
	return forms
}()

// leak returns the name of the form in which out holds a part of secretBytes,
// and "" if it does not.
func leak(out string) string {
	for form, name := range leaks {
		if strings.Contains(out, form) {
			return name
		}
	}
	return ""
}

// TestLeakFindsLeaks shows that the tests above could fail.
func TestLeakFindsLeaks(t *testing.T) {
	t.Parallel()
	text := base64.StdEncoding.EncodeToString(secretBytes[:])
	for _, out := range []string{
		text, text[:20], text[24:], strconv.Quote(string(secretBytes[:])),
		fmt.Sprint(secretBytes), fmt.Sprint(secretBytes[:]), fmt.Sprintf("%#v", secretBytes), fmt.Sprintf("%#v", secretBytes[:]),
		fmt.Sprintf("%x", secretBytes), fmt.Sprintf("%X", secretBytes), fmt.Sprintf("%# x", secretBytes),
		fmt.Sprintf("%s", secretBytes), fmt.Sprintf("%q", secretBytes), fmt.Sprintf("%o", secretBytes),
		fmt.Sprintf("%v", struct{ k *struct{ b [32]byte } }{&struct{ b [32]byte }{secretBytes}}.k),
		fmt.Sprintf("%d", [][32]byte{secretBytes}), fmt.Sprintf("%U", secretBytes), fmt.Sprintf("%+d", secretBytes),
	} {
		if leak(out) == "" {
			t.Errorf("the secret in %q was not found", out)
		}
	}
}
