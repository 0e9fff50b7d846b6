package secrettest

import (
	"fmt"
	"log/slog"
	"strings"
)

// Printed returns what package fmt makes of v, by the format: under every verb,
// the wrong ones too, for which it goes round the methods of a value.
func Printed(v any) map[string]string {
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

// Logged returns what both handlers of log/slog write of v, in three lines each:
// as an attribute, in a group, and from what a logger has with it.
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
