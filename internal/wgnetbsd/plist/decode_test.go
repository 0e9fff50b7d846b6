package plist_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wgnetbsd/plist"
)

// wrap returns a property list with the given value.
func wrap(value string) []byte { return []byte(`<plist version="1.0">` + value + `</plist>`) }

// TestForms decodes forms that proplib reads but does not write.
func TestForms(t *testing.T) {
	t.Parallel()
	const header = `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist PUBLIC "a" "b">`
	for name, test := range map[string]struct{ from, to string }{
		"declarations on one line": {header + `<plist version="1.0"><true/></plist>`, `<true/>`},
		"no declarations":          {`<plist version="1.0"><false/></plist>`, `<false/>`},
		"space between elements":   {"\n <plist version=\"1.0\">\r\n\t<array> <true/> </array> </plist> \n", "<array>\n\t<true/>\n</array>"},
		"decimal":                  {`<plist version="1.0"><integer>51820</integer></plist>`, `<integer>51820</integer>`},
		"space in data":            {"<plist version=\"1.0\"><data>\n\tCgAA\n\tAA==\n</data></plist>", `<data>CgAAAA==</data>`},
		"empty elements with two tags": {
			`<plist version="1.0"><array><dict></dict><array></array><string></string><data></data></array></plist>`,
			"<array>\n\t<dict/>\n\t<array/>\n\t<string/>\n\t<data/>\n</array>",
		},
		"all entities": {`<plist version="1.0"><string>&quot;&apos;&lt;&gt;&amp;</string></plist>`, `<string>"'&lt;&gt;&amp;</string>`},
	} {
		got, err := transcode([]byte(test.from))
		if err != nil {
			t.Errorf("%s: transcode(%q) = %v, want nil", name, test.from, err)
			continue
		}
		if !bytes.HasSuffix(got, []byte("\n<plist version=\"1.0\">\n"+test.to+"\n</plist>\n")) {
			t.Errorf("%s: transcode(%q) = %q, want the value %q", name, test.from, got, test.to)
		}
	}
}

// TestIntegers decodes numbers and checks their ranges.
func TestIntegers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plist.Integer{
		"0":                    {Signed: true},
		"-5":                   {Bits: math.MaxUint64 - 4, Signed: true},
		"9223372036854775807":  {Bits: math.MaxInt64, Signed: true},
		"-9223372036854775808": {Bits: 1 << 63, Signed: true},
		"9223372036854775808":  {Bits: 1 << 63},
		"18446744073709551615": {Bits: math.MaxUint64},
		"0x0":                  {},
		"0xca6c":               {Bits: 0xca6c},
		"0xFFFFFFFFFFFFFFFF":   {Bits: math.MaxUint64},
	} {
		d := plist.NewDecoder(wrap("<integer>" + text + "</integer>"))
		got := d.Integer()
		if err := d.Finish(); err != nil || got != want {
			t.Errorf("Integer() of %s = %+v, %v, want %+v, nil", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "-", "0x", "x", "+5", "--5", "1_0", "0x-5", "0x1_0", " 5", "5 ", "5.0", "1e3", "18446744073709551616", "0x10000000000000000",
		"-9223372036854775809", strings.Repeat("0", 30),
	} {
		d := plist.NewDecoder(wrap("<integer>" + text + "</integer>"))
		if got := d.Integer(); !errors.Is(d.Err(), plist.ErrMalformed) {
			t.Errorf("Integer() of %q = %+v, %v, want ErrMalformed", text, got, d.Err())
		}
	}
	for text, valid := range map[string]bool{"0": true, "255": true, "0xff": true, "256": false, "-1": false, "0xffffffffffffffff": false} {
		d := plist.NewDecoder(wrap("<integer>" + text + "</integer>"))
		if got := d.Uint(255); (d.Err() == nil) != valid || !valid && got != 0 {
			t.Errorf("Uint(255) of %s = %d, %v, want success: %t", text, got, d.Err(), valid)
		}
	}
}

// TestMalformed decodes what proplib refuses.
func TestMalformed(t *testing.T) {
	t.Parallel()
	deepest := strings.Repeat("<array>", plist.MaxDepth) + strings.Repeat("</array>", plist.MaxDepth)
	if _, err := transcode(wrap(deepest)); err != nil {
		t.Errorf("transcode(%q) = %v, want nil", deepest, err)
	}
	for name, text := range map[string]string{
		"empty":                     "",
		"no plist":                  "<dict/>",
		"another version":           `<plist version="2.0"><dict/></plist>`,
		"declaration without end":   `<?xml version="1.0"`,
		"nothing in it":             string(wrap("")),
		"two values":                string(wrap("<dict/><dict/>")),
		"text after it":             string(wrap("<dict/>")) + "x",
		"NUL byte after it":         string(wrap("<dict/>")) + "\x00",
		"unknown tag":               string(wrap("<date>0</date>")),
		"unknown empty tag":         string(wrap("<real/>")),
		"no name":                   string(wrap("<>")),
		"end of nothing":            string(wrap("</dict>")),
		"text instead of a tag":     string(wrap("dict")),
		"dict ends as array":        string(wrap("<dict></array>")),
		"array ends as dict":        string(wrap("<array></dict>")),
		"value without key":         string(wrap("<dict><true/></dict>")),
		"key without value":         string(wrap("<dict><key>a</key></dict>")),
		"key in an array":           string(wrap("<array><key>a</key></array>")),
		"key ends as string":        string(wrap("<dict><key>a</string><true/></dict>")),
		"key begins as string":      string(wrap("<dict><string>a</key><true/></dict>")),
		"end of a key only":         string(wrap("<dict></key><true/></dict>")),
		"string ends as data":       string(wrap("<string>a</data>")),
		"tag in a string":           string(wrap("<string>a<true/></string>")),
		"unknown entity":            string(wrap("<string>&nbsp;</string>")),
		"entity in a key":           string(wrap("<dict><key>&x;</key><true/></dict>")),
		"ampersand":                 string(wrap("<string>a & b</string>")),
		"boolean with content":      string(wrap("<true>1</true>")),
		"empty number":              string(wrap("<integer/>")),
		"data of one character":     string(wrap("<data>C</data>")),
		"data without padding":      string(wrap("<data>CgAAAA</data>")),
		"data with spare bits":      string(wrap("<data>CgAAAB==</data>")),
		"data after its padding":    string(wrap("<data>CgAAAA==AA</data>")),
		"data in the URL's letters": string(wrap("<data>__--</data>")),
		"nested too deeply":         string(wrap("<array>" + deepest + "</array>")),
	} {
		if got, err := transcode([]byte(text)); !errors.Is(err, plist.ErrMalformed) {
			t.Errorf("%s: transcode(%q) = %q, %v, want ErrMalformed", name, text, got, err)
		}
		d := plist.NewDecoder([]byte(text))
		d.Skip()
		if err := d.Finish(); !errors.Is(err, plist.ErrMalformed) {
			t.Errorf("%s: Finish() after Skip() of %q = %v, want ErrMalformed", name, text, err)
		}
	}
}

// TestKinds checks that a value of another kind than expected is malformed.
func TestKinds(t *testing.T) {
	t.Parallel()
	values := map[plist.Kind]string{
		plist.Dict: "<dict/>", plist.Array: "<array/>", plist.String: "<string>a</string>", plist.Number: "<integer>1</integer>",
		plist.Data: "<data>CgAA</data>", plist.True: "<true/>", plist.False: "<false/>",
	}
	decoders := map[plist.Kind]func(*plist.Decoder){
		plist.Dict:   func(d *plist.Decoder) { d.Begin(plist.Dict); d.Key() },
		plist.Array:  func(d *plist.Decoder) { d.Begin(plist.Array); d.More() },
		plist.String: func(d *plist.Decoder) { _ = d.String() },
		plist.Number: func(d *plist.Decoder) { d.Integer() },
		plist.Data:   func(d *plist.Decoder) { d.Data(nil) },
	}
	for kind, text := range values {
		for as, decode := range decoders {
			d := plist.NewDecoder(wrap(text))
			if got := d.Kind(); got != kind {
				t.Errorf("Kind() of %s = %v, want %v", text, got, kind)
			}
			if decode(&d); (d.Finish() == nil) != (as == kind) {
				t.Errorf("decoding %s as %v: error = %v, want success: %t", text, as, d.Err(), as == kind)
			}
		}
	}
	for kind, want := range map[plist.Kind]string{
		plist.Dict: "dict", plist.Array: "array", plist.String: "string", plist.Number: "integer", plist.Data: "data",
		plist.True: "true", plist.False: "false", plist.Invalid: "invalid", plist.False + 1: "invalid", 200: "invalid",
	} {
		if got := kind.String(); got != want {
			t.Errorf("Kind(%d).String() = %q, want %q", kind, got, want)
		}
	}
	for _, text := range []string{"<true></true>", "<false>1</false>"} {
		d := plist.NewDecoder(wrap(text))
		if got := d.Kind(); got != plist.Invalid {
			t.Errorf("Kind() of %s = %v, want %v", text, got, plist.Invalid)
		}
	}
}

// TestMessages checks what errors say about a place in the input.
func TestMessages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		string(wrap("<true/>")) + "abc": "byte 36: 3 bytes after </plist>",
		string(wrap("<>")):              "byte 21: a tag is missing",
		string(wrap("<a>")):             "byte 21: a value is missing",
	} {
		d := plist.NewDecoder([]byte(text))
		d.Skip()
		if err := d.Finish(); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("Finish() of %q = %v, want an error that ends with %q", text, err, want)
		}
	}
}

// TestEndOfInput reads a value that ends with the input.
func TestEndOfInput(t *testing.T) {
	t.Parallel()
	const text = `<plist version="1.0"><string>a</string>`
	d := plist.NewDecoder([]byte(text))
	if got := d.String(); got != "a" || d.Err() != nil {
		t.Errorf("String() of %q = %q, %v, want %q, nil", text, got, d.Err(), "a")
	}
	if err := d.Finish(); !errors.Is(err, plist.ErrMalformed) {
		t.Errorf("Finish() of %q = %v, want ErrMalformed", text, err)
	}
}

// TestCut checks that a property list that is cut at any byte is malformed.
func TestCut(t *testing.T) {
	t.Parallel()
	whole := bytes.TrimSpace(vector())
	for n := range whole {
		if _, err := transcode(whole[:n]); !errors.Is(err, plist.ErrMalformed) {
			t.Fatalf("transcode() of %d of %d bytes = %v, want ErrMalformed", n, len(whole), err)
		}
	}
}

// TestErrorsHoldNoKeys checks that errors do not quote the input.
func TestErrorsHoldNoKeys(t *testing.T) {
	t.Parallel()
	const secret = "c2VjcmV0"
	for _, text := range []string{"<data>" + secret + "=</data>", "<data>" + secret, "<" + secret + ">", "<string>&" + secret + "</string>", secret, "<integer>" + secret + "</integer>"} {
		if _, err := transcode(wrap(text)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("transcode(%q) = %v, want an error without %q", text, err, secret)
		}
	}
}

// TestErrorsStay checks that a Decoder returns its first error, and nothing after it.
func TestErrorsStay(t *testing.T) {
	t.Parallel()
	d := plist.NewDecoder(wrap("<dict/>"))
	d.Fail("port %d", 7)
	want := d.Err()
	d.Fail("another")
	key, ok := d.Key()
	if ok || key != nil || d.More() || d.String() != "" || d.Uint(9) != 0 || len(d.Data(nil)) != 0 || d.Kind() != plist.Invalid {
		t.Errorf("Key() after an error = %q, %t, want nothing", key, ok)
	}
	if got := d.Finish(); got != want || !strings.Contains(got.Error(), "port 7") {
		t.Errorf("Finish() = %v, want the first error, %v", got, want)
	}
}
