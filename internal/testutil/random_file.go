package testutil

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// RandomFile returns the text of a configuration file for wg or wg-quick. Most of
// its lines are valid. Values of keys are taken from keys, which need not be
// well-formed.
func RandomFile(r *rand.Rand, keys ...string) string {
	f := filer{r, keys}
	var b strings.Builder
	for range 1 + r.IntN(12) {
		b.WriteString(f.line() + f.oneOf("\n", "\n", "\n", "\r\n"))
	}
	s := b.String()
	if f.oneIn(5) {
		s = strings.TrimSuffix(s, "\n")
	}
	if f.oneIn(20) {
		s = "\ufeff" + s
	}
	return s
}

// filer writes the lines of a random file.
type filer struct {
	*rand.Rand
	keys []string
}

func (f filer) oneIn(n int) bool { return f.IntN(n) == 0 }

func (f filer) oneOf(list ...string) string { return list[f.IntN(len(list))] }

// line returns a line, sometimes with a stray character.
func (f filer) line() string {
	line := ""
	switch f.IntN(8) {
	case 0:
		line = f.oneOf("", " ", "# comment", " # \v", "x", "Address", "[Foo]", "\x00")
	case 1, 2:
		line = f.oneOf("[Interface]", "[Interface]", "[Peer]", "[peer] # c", "[ interface ]", "[Interface]=", "\t[PEER]", "[ Peer ]")
	default:
		name := f.oneOf(fileKeys...)
		line = f.oneOf("", "", " ", "\t") + f.oneOf(name, name, strings.ToLower(name)) + f.oneOf("=", " = ", "= ") +
			fileValues[name](f) + f.oneOf("", "", " # c", "#c", " ")
	}
	if f.oneIn(20) {
		i := f.IntN(len(line) + 1)
		line = line[:i] + f.oneOf(" ", "\t", "\r", "\v", "\x00", "#", "=", "\xff", "\ufeff") + line[i:]
	}
	return line
}

// key returns the value of a key.
func (f filer) key() string { return f.oneOf(f.keys...) }

// prefixes returns a list of prefixes, some of them invalid.
func (f filer) prefixes() string {
	var list []string
	for range f.IntN(4) {
		list = append(list, f.oneOf("", "", "+", "-")+f.oneOf("10.0.0.1/8", "10.0.0.0/8", "::/0", "::1", "1 0.0.0.0/8", "x", ""))
	}
	return strings.Join(append(list, "10.0.0.0/8"), f.oneOf(",", ", ", " ,\t"))
}

// among returns a function that returns an element of list.
func among(list ...string) func(filer) string {
	return func(f filer) string { return f.oneOf(list...) }
}

// fileValues has a function for each key of a file, which returns a value.
var fileValues = map[string]func(filer) string{
	"PrivateKey": filer.key, "PublicKey": filer.key, "PresharedKey": filer.key, "AllowedIPs": filer.prefixes,
	"ListenPort":          among("0", "51820", "65536", "x"),
	"FwMark":              among("off", "0xF", "010", "-1"),
	"PersistentKeepalive": among("OFF", "25", "65536"),
	"Endpoint":            among("192.0.2.1:1", "[::1]:2", "fe80::1%a:3", "a", "[::ffff:1.2.3.4]:5"),
	"Address":             among("10.0.0.1/24", "10.0.0.1,::1/64", "10.0.0.1 ::1", "x", ",", "\v,10.0.0.1"),
	"DNS":                 among("192.0.2.1", "::1, example.com", "1.2", "*"),
	"MTU":                 among("1420", "x"),
	"Table":               among("off", "Auto", "7", "a  b"),
	"PreUp":               among("true", "a  b # c", "= #"),
	"PostUp":              among("true", "#"),
	"PreDown":             among("true"),
	"PostDown":            among("true"),
	"Unknown":             among("x"),
}

// fileKeys are the keys of fileValues in a fixed order.
var fileKeys = slices.Sorted(maps.Keys(fileValues))
