package wgconf

import (
	"slices"
	"strings"
)

// isPlaceholder reports whether value is a text that the user of a template must
// replace, such as "<server>", "${HOST}", "{{ port }}", "YOUR_PUBLIC_KEY" or
// "x.x.x.x".
func isPlaceholder(value string) bool {
	if strings.ContainsAny(value, "<>{}$\u2026") || strings.Contains(value, "...") || strings.HasPrefix(value, "%") || strings.Count(value, "@") > 1 {
		return true
	}
	if slices.Contains(placeholders, value) {
		return true
	}
	isSeparator := func(r rune) bool {
		return r < 0x80 && !isBase64(byte(r)) && r != '_' && r != '-' || r == '/' || r == '+'
	}
	words := strings.FieldsFunc(value, isSeparator)
	return slices.ContainsFunc(words, isPlaceholderWord) || isMaskedAddress(words)
}

// placeholders are whole values: names of what is missing, and what programs write
// for a variable without a value.
var placeholders = []string{
	"HOST", "HOSTNAME", "SERVER", "IP", "ADDRESS", "ENDPOINT", "DOMAIN",
	"none", "None", "null", "NULL", "nil", "undefined", "TBD", "tbd",
}

// isPlaceholderWord reports whether word is "SERVER_IP", "your-server", "CHANGEME"
// or alike.
func isPlaceholderWord(word string) bool {
	text := strings.ToLower(word)
	plain := strings.ReplaceAll(strings.ReplaceAll(text, "_", ""), "-", "")
	switch plain {
	case "changeme", "replaceme", "placeholder", "todo", "fixme":
		return true
	}
	starts := []string{
		"your_", "your-", "yourserver", "yourdomain", "yourhost", "yourvpn", "yourpublic", "yourprivate", "yourendpoint",
		"insert_", "insert-", "replace_", "replace-", "change_", "enter_", "enter-", "paste_", "put_", "put-",
	}
	if text == "your" || slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(text, start) }) {
		return true
	}
	if len(plain) >= 3 && strings.Trim(plain, "x") == "" {
		return true
	}
	return strings.Contains(word, "_") && word == strings.ToUpper(word) && strings.ContainsAny(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// isMaskedAddress reports whether words begin with the four parts of an IPv4
// address, some of them x.
func isMaskedAddress(words []string) bool {
	const parts = 4
	if len(words) < parts {
		return false
	}
	masked := 0
	for _, word := range words[:parts] {
		switch {
		case strings.Trim(word, "xX") == "":
			masked++
		case strings.Trim(word, "0123456789") != "":
			return false
		}
	}
	return masked > 0
}
