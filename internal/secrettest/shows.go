package secrettest

import "encoding/json"

// Shows returns the ways in which v, whose exported type is T, shows a secret:
// printed in any shape, logged as a value or by its pointer, or as JSON. A type
// that marshals its secrets on purpose is not asked for that.
func Shows[T any](v T, marshals bool) (ways []string) {
	note := func(how, out string) {
		if form := Leak(out); form != "" {
			ways = append(ways, how+" shows "+form+": "+out)
		}
	}
	for _, shape := range Shapes(v) {
		for format, out := range Printed(shape) {
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
