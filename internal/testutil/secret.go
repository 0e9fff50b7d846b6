package testutil

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// SecretBytes is the key that tests put where a secret belongs. [FindSecret]
// looks for it. All of its bytes differ, so that a part of it is enough to
// recognize it.
var SecretBytes = func() (b [32]byte) {
	for i := range b {
		b[i] = byte(0x83 + 37*i)
	}
	return b
}()

// fmtFlags are the flags of package fmt that secrets are printed with.
var fmtFlags = []string{"", "+", "#", " ", "0", "-", "# "}

// secretForms returns the texts that parts of SecretBytes become when printed,
// each with the name of the form.
var secretForms = sync.OnceValue(func() map[string]string {
	forms := make(map[string]string)
	for _, at := range []int{0, 16, 36} {
		forms[base64.StdEncoding.EncodeToString(SecretBytes[:])[at:at+6]] = "base64"
		forms[base64.URLEncoding.EncodeToString(SecretBytes[:])[at:at+6]] = "URL base64"
	}
	digits := hex.EncodeToString(SecretBytes[:])
	for _, at := range []int{0, 14, 28} {
		part := SecretBytes[at : at+4]
		forms[string(part)] = "raw bytes"
		quoted := strconv.Quote(string(part))
		forms[quoted[1:len(quoted)-1]] = "quoted bytes"
		quoted = strconv.QuoteToASCII(string(part))
		forms[quoted[1:len(quoted)-1]] = "quoted ASCII"
		for _, flag := range fmtFlags {
			for _, verb := range "vdxXobqUcO" {
				form := fmt.Sprintf("%"+flag+string(verb), part)
				form = strings.TrimPrefix(form, "[]byte")
				forms[strings.Trim(form, "[]{}")] = "%" + flag + string(verb)
			}
		}
		// A buffer may hold the key as hexadecimal text.
		text := digits[2*at : 2*at+8]
		forms[text] = "hexadecimal text"
		forms[strings.Trim(fmt.Sprint([]byte(text)), "[]")] = "bytes of hexadecimal text"
		forms[hex.EncodeToString([]byte(text))] = "hexadecimal text in hexadecimal"
	}
	return forms
})

// secretFinder removes all forms from a text in one pass.
var secretFinder = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for form := range secretForms() {
		pairs = append(pairs, form, "")
	}
	return strings.NewReplacer(pairs...)
})

// FindSecret returns the name of a form in which out contains a part of
// [SecretBytes], such as "base64" or "%x". It returns "" if out contains none.
func FindSecret(out string) string {
	if len(secretFinder().Replace(out)) == len(out) {
		return ""
	}
	for form, name := range secretForms() {
		if strings.Contains(out, form) {
			return name
		}
	}
	return ""
}
