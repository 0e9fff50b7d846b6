package quickcompare

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// layout returns v as JSON with one line for each element of an array, so that
// line-by-line differences can be read.
func layout(v any) string {
	var plain any
	if err := json.Unmarshal([]byte(text(v)), &plain); err != nil {
		panic(err) // text returns JSON
	}
	var b bytes.Buffer
	appendLines(&b, plain, "")
	b.WriteByte('\n')
	return b.String()
}

// lineDiff returns the lines of the layouts that differ, or "".
func lineDiff(want, got any) string { return textDiff(layout(want), layout(got)) }

// textDiff returns the lines that differ, or "".
func textDiff(want, got string) string {
	return cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n"))
}

func appendLines(b *bytes.Buffer, v any, indent string) {
	inner := indent + "  "
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			b.WriteString("{}")
			return
		}
		b.WriteString("{\n")
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(inner)
			appendCompact(b, key)
			b.WriteString(": ")
			appendLines(b, v[key], inner)
		}
		b.WriteString("\n" + indent + "}")
	case []any:
		if len(v) == 0 {
			b.WriteString("[]")
			return
		}
		b.WriteString("[\n")
		for i, element := range v {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString(inner)
			appendCompact(b, element)
		}
		b.WriteString("\n" + indent + "]")
	default:
		appendCompact(b, v)
	}
}

func appendCompact(b *bytes.Buffer, v any) {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // v comes from a JSON decoder
	}
	b.Truncate(b.Len() - 1) // the line end
}
