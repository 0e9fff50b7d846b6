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

// Complaints says which types show secrets, where shown has the ways by the name
// of the type, and of which exported type of the package in dir it has none. A
// program that runs without its sources cannot tell the latter.
func Complaints(dir string, shown map[string][]string) (list []string) {
	exported, err := ExportedTypes(dir)
	if err != nil {
		return []string{err.Error()}
	}
	for name := range exported {
		if _, ok := shown[name]; !ok {
			list = append(list, "type "+name+" is new: add it, filled with secrets")
		}
	}
	for name, ways := range shown {
		for _, way := range ways {
			list = append(list, name+": "+way[:min(len(way), 500)])
		}
	}
	return list
}
