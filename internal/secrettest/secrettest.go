// Package secrettest shows whether something prints a secret. Only tests import
// it.
//
// It knows the ways in which package fmt and log/slog can be made to print a
// value, and the forms that a secret takes then. It refuses to know what holds
// the secret: tests put Bytes into every key and look for it with Leak.
package secrettest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Bytes is the secret. No two of its bytes are the same, so that any part of it
// gives it away.
var Bytes = func() (b [32]byte) {
	for i := range b {
		b[i] = byte(0x83 + 37*i)
	}
	return b
}()

// flags are those of package fmt.
var flags = []string{"", "+", "#", " ", "0", "-", "# "}

// leaks are the forms that a part of Bytes may take, each with a name.
var leaks = func() map[string]string {
	forms := make(map[string]string)
	for _, at := range []int{0, 16, 36} {
		forms[base64.StdEncoding.EncodeToString(Bytes[:])[at:at+6]] = "base64"
		forms[base64.URLEncoding.EncodeToString(Bytes[:])[at:at+6]] = "URL base64"
	}
	digits := hex.EncodeToString(Bytes[:])
	for _, at := range []int{0, 14, 28} {
		part := Bytes[at : at+4]
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
		// The text of a key may be in a buffer, too.
		text := digits[2*at : 2*at+8]
		forms[text] = "hexadecimal text"
		forms[strings.Trim(fmt.Sprint([]byte(text)), "[]")] = "bytes of hexadecimal text"
		forms[hex.EncodeToString([]byte(text))] = "hexadecimal text in hexadecimal"
	}
	return forms
}()

// finder goes through a text once, for all forms together.
var finder = func() *strings.Replacer {
	var pairs []string
	for form := range leaks {
		pairs = append(pairs, form, "")
	}
	return strings.NewReplacer(pairs...)
}()

// Leak returns the name of the form in which out holds a part of Bytes, and ""
// if it does not.
func Leak(out string) string {
	if len(finder.Replace(out)) == len(out) {
		return ""
	}
	for form, name := range leaks {
		if strings.Contains(out, form) {
			return name
		}
	}
	return ""
}
