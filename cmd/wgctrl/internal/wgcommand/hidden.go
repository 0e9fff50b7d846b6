package wgcommand

import "strings"

// hidden is printed instead of text that may be secret.
const hidden = "(hidden)"

// hideKeys replaces everything in line that may be a key, or most of one: a run of
// 40 or more base64 characters and its padding. A name and a key without "="
// between them form one run.
func hideKeys(line string) string {
	const enough = 40 // of the 44 that a key has
	var b strings.Builder
	for line != "" {
		n := 0
		for n < len(line) && isBase64(line[n]) {
			n++
		}
		if n < enough {
			n = min(n+1, len(line))
			b.WriteString(line[:n])
			line = line[n:]
			continue
		}
		b.WriteString(hidden)
		line = strings.TrimLeft(line[n:], "=")
	}
	return b.String()
}

// isBase64 accepts both alphabets of RFC 4648.
func isBase64(c byte) bool {
	return isDigit(c) || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte("+/-_", c) >= 0
}
