package testutil

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
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

// Shapes returns v on its own and in pointers, slices, arrays, maps, interfaces
// and struct fields: in every place that package fmt treats differently, except
// for those that [Unexported] returns.
func Shapes[T any](v T) []any {
	type embedded struct{ exportedField[T] }
	p := &v
	return []any{
		v, p, &p,
		[]T{v}, []*T{p}, &[]T{v}, [1]T{v}, &[1]T{v}, [][]T{{v}}, []any{v, p},
		map[string]T{"k": v}, map[string]*T{"k": p}, &map[string]T{"k": v},
		exportedField[T]{"n", v}, &exportedField[T]{"n", v}, exportedField[*T]{"n", p}, exportedField[any]{"n", v},
		embedded{exportedField[T]{"n", v}},
	}
}

// Unexported returns v in unexported fields. Package fmt cannot call the
// methods of v there, and prints it by reflection.
func Unexported[T any](v T) []any {
	p := &v
	return []any{
		unexportedField[T]{"n", v, p}, &unexportedField[T]{"n", v, p}, []unexportedField[T]{{"n", v, p}},
		unexportedField[any]{name: "n", value: v},
	}
}

// Printed returns what package fmt prints of v, by format. The formats include
// wrong verbs, for which package fmt does not call the methods of v.
func Printed(v any) map[string]string {
	out := map[string]string{
		"Println": fmt.Sprintln(v, v),
		"Print":   fmt.Sprint("a", v, v),
	}
	// The arguments deliberately do not fit the formats.
	for _, format := range []string{"", "%!", "%*d", "%.*d", "%.3s", "%60.50v", "%[1]d %[3]v", "%w", "%v %w", "%w %w"} {
		out[format] = fmt.Sprintf(format, v, v)
		out["Errorf "+format] = fmt.Errorf(format, v, v).Error()
	}
	for _, flag := range fmtFlags {
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

// PrintedByReflection is [Printed] with the verbs that a pointer may have. For
// the others, which go vet reports, fmt prints what a pointer in an unexported
// field points to.
func PrintedByReflection(v any) map[string]string {
	out := map[string]string{"Println": fmt.Sprintln(v, v), "Print": fmt.Sprint("a", v, v)}
	for _, flag := range fmtFlags {
		for _, verb := range "vdxXobp" {
			format := "%" + flag + string(verb)
			out[format] = fmt.Sprintf(format, v)
		}
	}
	return out
}

// Logged returns what the text and JSON handlers of log/slog write of v, by
// handler. Each output has three lines: v as an attribute, v in a group, and v
// as an attribute of the logger.
func Logged(v any) map[string]string {
	handlers := map[string]func(*strings.Builder) slog.Handler{
		"text": func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
	}
	out := make(map[string]string)
	for name, handler := range handlers {
		var b strings.Builder
		log := slog.New(handler(&b))
		log.Info("m", "key", v)
		log.Info("m", slog.Group("g", slog.Any("any", v)))
		log.With(slog.Any("with", v)).WithGroup("group").Info("m")
		out[name] = b.String()
	}
	return out
}

// ShowsSecret returns the ways in which v shows [SecretBytes]: printed in each
// of its [Shapes], logged, or as JSON. T is the exported type that is tested.
// marshals says that its JSON has secrets on purpose, and is not checked.
func ShowsSecret[T any](v T, marshals bool) (ways []string) {
	note := func(how, out string) {
		if form := FindSecret(out); form != "" {
			ways = append(ways, how+" shows "+form+": "+out)
		}
	}
	for _, shape := range Shapes(v) {
		for format, out := range Printed(shape) {
			note("fmt "+format, out)
		}
	}
	for _, shape := range Unexported(v) {
		for format, out := range PrintedByReflection(shape) {
			note("fmt "+format, out)
		}
	}
	for _, logged := range []any{v, &v} {
		for handler, out := range Logged(logged) {
			note("slog "+handler, out)
		}
		if text, err := json.Marshal(logged); err == nil && !marshals {
			note("JSON", string(text))
		}
	}
	return ways
}

// SecretComplaints returns a line for each way in shown, which maps the names of
// types to results of [ShowsSecret], and a line for each exported type of the
// package in dir that shown does not have. It needs the source files of the
// package.
func SecretComplaints(dir string, shown map[string][]string) (list []string) {
	exported, err := ExportedTypes(dir)
	if err != nil {
		return []string{err.Error()}
	}
	for name := range exported {
		if _, ok := shown[name]; !ok {
			list = append(list, "type "+name+" is not tested: add a value filled with secrets")
		}
	}
	for name, ways := range shown {
		for _, way := range ways {
			list = append(list, name+": "+way[:min(len(way), 500)])
		}
	}
	return list
}
