package termtext

import "strings"

// Argument returns s as one argument of a command for a POSIX shell: in single quotes
// if it has characters other than letters, digits and those of common paths. File names
// and, on Linux, names of devices can contain "; reboot".
func Argument(s string) string {
	const plain = "%+,-./:=@_"
	isSpecial := func(r rune) bool {
		return (r < 'a' || 'z' < r) && (r < 'A' || 'Z' < r) && (r < '0' || '9' < r) && !strings.ContainsRune(plain, r)
	}
	if s != "" && !strings.ContainsFunc(s, isSpecial) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
