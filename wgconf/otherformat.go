package wgconf

import (
	"fmt"
	"slices"
	"strings"
)

// maxFormatText bounds the text in which otherFormat looks for another format, in
// bytes.
const maxFormatText = 64 << 10

// formatTest recognizes a format by a line without its outer white space.
type formatTest struct {
	reason string
	lines  []string               // the line is one of these, in any case,
	starts []string               // or begins with one of these,
	is     func(line string) bool // or is is true for it; may be nil
}

// formatTests recognize the formats that are mistaken for WireGuard's.
var formatTests = []formatTest{
	{reason: "this is JSON", is: isJSON},
	{reason: "this is a connection of NetworkManager", is: isNetworkManager},
	{reason: "this is a file of systemd-networkd", lines: []string{"[NetDev]", "[WireGuard]", "[WireGuardPeer]", "[Match]", "[Network]"}},
	{reason: "this is the output of wg show: use wg showconf", starts: []string{"interface: ", "peer: "}},
	{reason: "this is the output of wg show dump: use wg showconf", is: isDump},
	{reason: "this is a file of netplan", starts: []string{"network:"}},
	{reason: "this is a file of OpenWrt (UCI)", starts: []string{"config interface ", "config wireguard_"}},
	{reason: "this is a file of OpenVPN", lines: []string{"client", "dev tun", "<ca>"}},
	{reason: "this is XML or HTML", starts: []string{"<?", "<!", "<html", "<plist"}},
	{reason: "this is an archive or an image", starts: []string{"PK\x03\x04", "\x1f\x8b", "\x89PNG"}},
	{reason: "this is an encrypted or PEM file", starts: []string{"-----BEGIN ", "age-encryption.org/"}},
	{reason: "this is a script", starts: []string{"#!/"}},
	{reason: "this is the protocol of userspace devices: use wg showconf", starts: []string{"private_key=", "public_key=", "own_public_key=", "listen_port=", "get=1", "set=1"}},
	{reason: "this is a file of ifupdown", starts: []string{"iface ", "auto "}},
	{reason: "this is a unit of systemd", lines: []string{"[Unit]", "[Service]"}},
	{reason: "this is a key of AmneziaVPN", starts: []string{"vpn://"}},
	{reason: "this is a script of RouterOS", starts: []string{"/interface wireguard", "/interface/wireguard"}},
	{reason: "this is a binary file", is: isBinary},
	{reason: "its lines end with CR: save it with LF", is: hasCR},
}

// start returns the text in which otherFormat and isUTF16 look.
func (f *File) start() string { return (*f.text)[:min(len(*f.text), maxFormatText)] }

// otherFormat returns the line that shows that the file has another format, and
// which. The line is 0 if it finds none. It is called for files in which neither
// program finds a section.
func (f *File) otherFormat() (line int, reason string) {
	for l := range strings.SplitSeq(f.start(), "\n") {
		line++
		l = trim(withoutColors(l))
		if l == "" {
			continue
		}
		for i := range formatTests {
			if test := &formatTests[i]; test.matches(l) {
				return line, test.reason
			}
		}
	}
	return 0, ""
}

// withoutColors returns line without the sequences that set colors, which wg show
// prints on a terminal.
func withoutColors(line string) string {
	const start, end = "\x1b[", "m"
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(line, start)
		b.WriteString(text)
		parameters, after, closed := strings.Cut(rest, end)
		if !found || !closed || strings.Trim(parameters, "0123456789;") != "" {
			b.WriteString(line[len(text):])
			return b.String()
		}
		line = after
	}
}

func (t *formatTest) matches(line string) bool {
	return slices.ContainsFunc(t.lines, func(l string) bool { return equalFold(line, l) }) ||
		slices.ContainsFunc(t.starts, func(start string) bool { return strings.HasPrefix(line, start) }) ||
		t.is != nil && t.is(line)
}

// isJSON reports whether line begins an object, or a list of objects or texts.
func isJSON(line string) bool {
	if line[0] == '[' {
		rest := trim(line[1:])
		return rest == "" || rest[0] == '{' || rest[0] == '"' || rest == "]"
	}
	return line[0] == '{'
}

// isNetworkManager reports whether line is a header of a keyfile. Its [wireguard]
// is in lower case; the one of systemd-networkd is not.
func isNetworkManager(line string) bool {
	return line == "[connection]" || line == "[wireguard]" || strings.HasPrefix(line, "[wireguard-peer.")
}

// isBinary reports whether line has control characters that text does not have. A
// copy of a terminal's output has escape sequences.
func isBinary(line string) bool {
	const ofText = "\t\v\f\r\x1b"
	return line[0] != '#' && strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && !strings.ContainsRune(ofText, r) })
}

// hasCR reports whether line is several lines that end with a carriage return.
func hasCR(line string) bool { return line[0] != '#' && strings.Contains(line, "\r") }

// isDump reports whether line has the tabs and a key of wg show dump.
func isDump(line string) bool {
	fields := strings.Split(line, "\t")
	const deviceFields, keyLen = 4, 44
	if len(fields) < deviceFields {
		return false
	}
	for _, field := range fields[:2] {
		if len(field) == keyLen && field[keyLen-1] == '=' {
			return true
		}
	}
	return false
}

// isUTF16 reports whether text begins with a byte-order mark of UTF-16, or has a
// line that begins with a header in UTF-16.
func isUTF16(text string) bool {
	text = trimLeft(text, isSpace)
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return true
	}
	if !strings.Contains(text, "\x00") {
		return false
	}
	for line := range strings.SplitSeq(strings.ToLower(text), "\n") {
		line = strings.TrimLeft(line, "\x00 \t")
		for _, header := range []string{interfaceHeader, peerHeader} {
			// In both byte orders there is a zero byte between two characters.
			if strings.HasPrefix(line, strings.Join(strings.Split(strings.ToLower(header), ""), "\x00")) {
				return true
			}
		}
	}
	return false
}

// amneziaKey returns the key of AmneziaWG in an unrecognized line, or "".
func (s *scanner) amneziaKey() string {
	if s.dialect.isAmnezia() || s.section == noSection || !strings.Contains(s.value, "=") {
		return ""
	}
	for _, keys := range [][]key{amneziaKeys(), ignoredKeys} {
		if k := find(keys, s.name()); k != nil {
			return k.name
		}
	}
	return ""
}

// amnezia collects the keys of AmneziaWG in a file of WireGuard.
type amnezia struct {
	line int // of the first one, 0 if there is none
	keys []string
}

func (a *amnezia) add(line int, key string) {
	if a.line == 0 {
		a.line = line
	}
	if !slices.Contains(a.keys, key) {
		a.keys = append(a.keys, key)
	}
}

// problem returns the one Problem of a file of AmneziaWG in a dialect of WireGuard.
func (a *amnezia) problem() *Problem {
	last := len(a.keys) - 1
	reason := a.keys[last] + " is a setting of AmneziaWG"
	if last > 0 {
		reason = fmt.Sprintf("%s and %s are settings of AmneziaWG", strings.Join(a.keys[:last], ", "), a.keys[last])
	}
	return &Problem{Line: a.line, Reason: reason, Err: ErrOtherFormat}
}
