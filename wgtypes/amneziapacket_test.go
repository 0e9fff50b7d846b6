package wgtypes_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// validatePacket returns the error of a device with that description of a packet.
func validatePacket(s string) error {
	a := wgtypes.DefaultAmnezia()
	a.I1 = s
	return a.Validate()
}

// TestAmneziaPackets has the descriptions that amneziawg-go 0.2.13, 0.2.19 and 3.1 and
// the module 2.0 and 3.0 were asked to accept.
func TestAmneziaPackets(t *testing.T) {
	t.Parallel()
	for _, valid := range []string{
		"",
		// Every version with the tag accepts these.
		"<b 0x0102>", "<b 0xabcdEF>", "<b 0x01><b 0x02>", "<r 0>", "<r 16>", "<r 1000>", "<rc 5>", "<rd 5>", "<t>",
		"<b 0x01><r 8><t><c><rc 3><rd 4>", "<b 0x01> <r 2>",
		// Some accept these.
		"<c>", "<c><c>", "<t><t>", "<d>", "<ds>", "<dz 2>", "<wt 10>", "<wt 5000>",
		"<b 0102>", "<b 0X01>", "<b 0x1>", "<b 0x>", "<b 0xAB CD>",
		"<r 1001>", "<r 65535>", "<r 010>", "<r +5>", "<r 5 6>", "<t 1>", "< r 2>", "<r  2>", "<r 2 >",
		"junk<r 2>junk", "a=b<r 1>", "é<r 1>", "-5<r 1>",
	} {
		if err := validatePacket(valid); err != nil {
			t.Errorf("Validate() with the packet %q = %v, want nil", valid, err)
		}
	}
	const form = `must have tags, as in "<b 0xc0ff><r 16>"`
	const unknown = "must be b, r, rc, rd, t, c, wt, d, ds or dz"
	const digits = "<b> needs pairs of hexadecimal digits, as in <b 0xc0ff>"
	for invalid, want := range map[string]string{
		// Each daemon accepts the first one and crashes at the next handshake.
		"<r -1>": "must not have negative numbers", "<dz -5>": "must not have negative numbers", "<rc 5 -6>": "must not have negative numbers",
		"<r 65536>": "<r> needs a number from 0 to 65535, as in <r 16>", "<rd 100000000>": "<rd> needs a number from 0 to 65535, as in <rd 16>",
		"<wt 5001>": "<wt> needs a number from 0 to 5000, as in <wt 16>", "<r 99999999999999999999>": "needs a number",
		"<r>": "needs a number", "<r abc>": "needs a number", "<r 0x10>": "needs a number", "<r 1.5>": "needs a number", "<r ++5>": "needs a number",
		"<b>": digits, "<b 0xzz>": digits, "<b 1>": digits, "<b 0x0x01>": digits, "<b x01>": digits,
		"<>": unknown, "< >": unknown, "<R 2>": unknown, "<x 1>": unknown, "<r2>": unknown, "<b0x01>": unknown,
		"<r 2": `"<" without ">" at byte 0`, "<r 1><r <r 2>": `"<" without ">" at byte 5`, "<": `"<" without ">" at byte 0`,
		"a>b<r 1>": `">" without "<" at byte 1`, "<r 1>>": `">" without "<" at byte 5`,
		"text": form, "0": form, "off": form,
		" <r 1>": "must not begin or end with a blank", "<r 1> ": "must not begin or end with a blank", " ": "must not begin or end with a blank",
		"<r 1>\n": `must not contain '\n', as at byte 5`, "<r\t1>": `must not contain '\t', as at byte 2`, "<r 1>\x00": `must not contain '\x00'`,
		"<r 1>\r": `must not contain '\r'`, "<r 1>\x7f": `must not contain '\x7f'`, "<r 1>\u2028<r 1>": `must not contain '\u2028'`,
		"<r 1> # one": `must not contain '#', as at byte 6`, "<r 1>\xff": "not UTF-8",
		"#<r 1>": `must not contain '#', as at byte 0`,
	} {
		if err := validatePacket(invalid); err == nil || !strings.HasPrefix(err.Error(), "Amnezia.I1: invalid ") || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() with the packet %q = %v, want an error with %q", invalid, err, want)
		}
	}
}

// FuzzAmneziaPacket checks that what Validate accepts has a tag, only known tags, no
// negative or huge number in them, and no byte that ends a line or a value.
func FuzzAmneziaPacket(f *testing.F) {
	for _, text := range []string{"<b 0xc0ff><r 16>", "<r -1>", "<t>\n", "junk<dz 2 3>junk", "<r +5", "< wt 5000 >", "<b 0X1>"} {
		f.Add(text)
	}
	tag := regexp.MustCompile(`<[^<>]*>`)
	known := regexp.MustCompile(`^< *(b +(0[xX])?[0-9a-fA-F]*|(r|rc|rd|wt|dz) +\+?[0-9]+|t|c|d|ds)( +[^- <>][^ <>]*)* *>$`)
	huge := regexp.MustCompile(`^< *(r|rc|rd|wt|dz) +\+?0*[1-9][0-9]{5}`)
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || validatePacket(text) != nil {
			return
		}
		tags := tag.FindAllString(text, -1)
		if len(tags) == 0 || strings.ContainsAny(tag.ReplaceAllString(text, ""), "<>") {
			t.Errorf("Validate() accepts the packet %q, want an error, because it is not made of tags", text)
		}
		for _, tag := range tags {
			if !known.MatchString(tag) {
				t.Errorf("Validate() accepts the tag %q in %q, want an error", tag, text)
			}
			if huge.MatchString(tag) {
				t.Errorf("Validate() accepts the tag %q in %q, want an error, because its number is larger than a packet", tag, text)
			}
		}
		if strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text, "#\u2028\u2029") {
			t.Errorf("Validate() accepts the packet %q, want an error, because it has a control character or a comment", text)
		}
		if strings.TrimSpace(text) != text {
			t.Errorf("Validate() accepts the packet %q, want an error, because files cannot have its blanks", text)
		}
	})
}
