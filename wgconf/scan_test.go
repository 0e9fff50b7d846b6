package wgconf_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
)

// The models are slow and obvious parsers that share no code with the package.

// modelLine is the model's result for a line: section, key and value, or the text
// of an unrecognized line.
type modelLine struct{ section, key, value, unrecognized string }

var (
	modelSpace   = regexp.MustCompile(`[\t\n\v\f\r ]+`)
	modelComment = regexp.MustCompile(`(?s)[#\x00].*`)
	modelKeys    = map[string]*regexp.Regexp{
		"Interface": regexp.MustCompile(`^(?i:(privatekey)|(listenport)|(fwmark))=((?s:.+))$`),
		"Peer":      regexp.MustCompile(`^(?i:(publickey)|(presharedkey)|(allowedips)|(endpoint)|(persistentkeepalive))=((?s:.+))$`),
	}
	modelNames = map[string][]string{
		"Interface": {"PrivateKey", "ListenPort", "FwMark"},
		"Peer":      {"PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"},
	}
	// The keys of AmneziaWG by section: with a value, with a value or none, and with a
	// text or none, of which white space is a part.
	modelAmnezia = map[string][3]string{
		"Interface": {
			"Jc Jmin Jmax S1 S2 S3 S4 H1 H2 H3 H4",
			"HeaderProtectionKey ContentPaddingAddition RekeyAfterTime RekeyTimeout RejectAfterTime KeepaliveTimeout MaxHandshakeAttempts RandomTrailers DisableCookies",
			"I1 I2 I3 I4 I5 J1 J2 J3 Itime",
		},
		"Peer": {"", "", "AdvancedSecurity SpecialHandshake"},
	}
	modelQuick = regexp.MustCompile(`^(?i:address|dns|mtu|table|preup|postup|predown|postdown|saveconfig)$`)
)

// modelWG reads a line as wg(8) does. section is the current section, which a header
// changes. A regular expression ignores the case of more letters than wg(8), so
// asciiLower compares the key again.
func modelWG(line string, section *string) modelLine {
	text := modelSpace.ReplaceAllString(modelComment.ReplaceAllString(line, ""), "")
	switch {
	case text == "":
		return modelLine{section: *section}
	case strings.HasPrefix(text, "["):
		*section = ""
		for _, name := range []string{"Interface", "Peer"} {
			if asciiLower(text) == strings.ToLower("["+name+"]") {
				*section = name
				return modelLine{section: name}
			}
		}
	case modelKeys[*section] != nil:
		m := modelKeys[*section].FindStringSubmatch(text)
		if m == nil {
			break
		}
		i := slices.IndexFunc(m[1:], func(s string) bool { return s != "" })
		if name := modelNames[*section][i]; asciiLower(m[1+i]) == strings.ToLower(name) {
			return modelLine{section: *section, key: name, value: m[len(m)-1]}
		}
	}
	return modelLine{section: *section, unrecognized: text}
}

// modelAWG reads a line as awg(8) does, except that values may be missing.
func modelAWG(line string, section *string) modelLine {
	l := modelWG(line, section)
	name, value, ok := strings.Cut(modelComment.ReplaceAllString(line, ""), "=")
	if l.unrecognized == "" || l.unrecognized[0] == '[' || !ok {
		return l
	}
	name = modelSpace.ReplaceAllString(name, "")
	for i, keys := range modelAmnezia[*section] {
		for key := range strings.FieldsSeq(keys) {
			text := modelSpace.ReplaceAllString(value, "")
			if asciiLower(name) != strings.ToLower(key) || i == 0 && text == "" {
				continue
			}
			if i == 2 {
				text = strings.Trim(value, "\t\n\v\f\r ")
			}
			return modelLine{section: *section, key: key, value: text}
		}
	}
	return l
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 32
		}
	}
	return string(b)
}

// modelLines reads a whole file. passed is what wg-quick strip prints.
func modelLines(d wgconf.Dialect, text string) (lines []modelLine, passed string) {
	section, inInterface := "", false
	for line := range strings.Lines(text) {
		whole := strings.HasSuffix(line, "\n")
		line = strings.TrimSuffix(line, "\n")
		if d == wgconf.DialectWGQuick || d == wgconf.DialectAWGQuick {
			line = strings.Trim(strings.ReplaceAll(line, "\x00", ""), " \t")
			stripped, _, _ := strings.Cut(line, "#")
			key, _, _ := strings.Cut(stripped, "=")
			key = strings.Trim(key, "\t\n\v\f\r ")
			if strings.HasPrefix(key, "[") {
				inInterface = asciiLower(key) == "[interface]"
			}
			if inInterface && asciiLower(key) == strings.ToLower(key) && modelQuick.MatchString(key) {
				value := stripped
				if strings.HasPrefix(strings.ToLower(key), "p") {
					value = line
				}
				value = value[strings.Index(value, "=")+1:]
				lines = append(lines, modelLine{section: section, key: key, value: strings.Trim(value, "\t\n\v\f\r ")})
				continue
			}
		}
		if whole || line != "" {
			passed += line + "\n"
		}
		read := modelWG
		if d == wgconf.DialectAWG || d == wgconf.DialectAWGQuick {
			read = modelAWG
		}
		lines = append(lines, read(line, &section))
	}
	return lines, passed + "\n"
}

// FuzzLines checks that the package reads each line as the model does, in every
// dialect, and strips the same lines.
func FuzzLines(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := wgconf.Parse("wg0.conf", text)
		_, passed := modelLines(wgconf.DialectWGQuick, string(text))
		if got := string(file.Strip().AppendTo(nil)); got != passed {
			t.Errorf("Strip is %q, want %q", got, passed)
		}
		if strings.HasPrefix(string(text), "\ufeff") {
			return // Lines ignores a mark in the first line, unlike the programs
		}
		for _, d := range dialects {
			want, _ := modelLines(d, string(text))
			var got []modelLine
			for l := range file.Lines(d) {
				tl := modelLine{section: l.Section, key: l.Key, value: l.Value()}
				if l.Key == "" {
					tl.value, tl.unrecognized = "", l.Value()
				}
				got = append(got, tl)
			}
			for i := range want {
				// The model keeps the spelling of wg-quick's keys.
				if i < len(got) && modelQuick.MatchString(want[i].key) && strings.EqualFold(want[i].key, got[i].key) {
					want[i].key = got[i].key
				}
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(modelLine{})); diff != "" {
				t.Errorf("%v of %q (-want +got):\n%s", d, text, diff)
			}
		}
	})
}
