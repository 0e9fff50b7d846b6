package awgparam_test

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestFind checks that every parameter is found by its word.
func TestFind(t *testing.T) {
	t.Parallel()
	for _, p := range wgtypes.AmneziaParameters() {
		word := awgparam.Word(p)
		if got, ok := awgparam.Find(word); !ok || got.Name() != p.Name() {
			t.Errorf("Find(%q) = %q, %t, want %q", word, got.Name(), ok, p.Name())
		}
		if strings.Contains(word, "_") || strings.Contains(awgparam.Label(p), "_") {
			t.Errorf("Word and Label of %q = %q, %q, want no underscores", p.Name(), word, awgparam.Label(p))
		}
	}
	for _, word := range []string{"", "jx", "rekey_timeout", "peer"} {
		if p, ok := awgparam.Find(word); ok {
			t.Errorf("Find(%q) = %q, want no parameter", word, p.Name())
		}
	}
}

// TestParse checks values of each type, and that AppendValue returns them.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ word, value, want string }{
		{"jc", "0", "0"},
		{"jc", "65535", "65535"},
		{"jc", "007", "7"},
		{"h1", "5", "5"},
		{"h4", " 5 - 9 ", "5-9"},
		{"h4", "4294967295", "4294967295"},
		{"i1", "", "(null)"},
		{"i5", "<b 0xc0ff><r 16>", "<b 0xc0ff><r 16>"},
		{"rekey-timeout", "3-5", "3-5"},
		{"content-padding-addition", "0", "0"},
		{"random-trailers", "ON", "on"},
		{"random-trailers", "off", "off"},
		{"disable-cookies", "0", "off"},
		{"disable-cookies", "2", "on"},
	} {
		p, _ := awgparam.Find(test.word)
		var c wgtypes.AmneziaConfig
		if err := awgparam.Parse(&c, p, test.value); err != nil {
			t.Errorf("Parse(%s, %q) = %v, want no error", test.word, test.value, err)
			continue
		}
		var a wgtypes.Amnezia
		p.Apply(&a, &c)
		if got := string(awgparam.AppendValue(nil, p, &a)); got != test.want {
			t.Errorf("Parse(%s, %q) sets %q, want %q", test.word, test.value, got, test.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	const key = "QiyOemIn17yhNQs+K7cnn3iXuHu2hUt4PGDoAxGuMHk="
	for _, test := range []struct{ word, value, want string }{
		{"jc", "70000", `invalid value "70000": must be a number from 0 to 65535`},
		{"jc", "0x4", `invalid value "0x4": must be a number from 0 to 65535`},
		{"jc", "", `invalid value "": must be a number from 0 to 65535`},
		{"s1", "-1", `invalid value "-1": must be a number from 0 to 65535`},
		{"s1", key, `invalid value "(hidden)": must be a number from 0 to 65535`},
		{"h1", "off", `invalid value "off": must be a number, or an ascending range such as "5-9"`},
		{"h1", "5-3", `invalid value "5-3": must be a number, or an ascending range such as "5-9"`},
		{"h1", "0", "invalid range 0: must not contain 0"},
		{"rekey-timeout", "70000", "invalid range 70000: must be 0 to 65535"},
		{"random-trailers", "yes", `invalid value "yes": must be on or off`},
		{"i1", "<r -1>", "invalid tag at byte 0: must not have negative numbers"},
	} {
		p, _ := awgparam.Find(test.word)
		if err := awgparam.Parse(new(wgtypes.AmneziaConfig), p, test.value); err == nil || err.Error() != test.want {
			t.Errorf("Parse(%s, %q) = %v, want %q", test.word, test.value, err, test.want)
		}
	}
}

// TestAppendValue checks the values of a new device, and keys.
func TestAppendValue(t *testing.T) {
	t.Parallel()
	a := wgtypes.DefaultAmnezia()
	a.I2 = "<r 1>\t"
	want := "0 0 0 0 0 0 0 1 2 3 4 (null) <r 1>  (null) (null) (null) (none) 0 0 0 0 0 0 off off"
	var got []string
	for _, p := range wgtypes.AmneziaParameters() {
		got = append(got, string(awgparam.AppendValue(nil, p, &a)))
		if isDefault := p.Name() != "i2"; awgparam.IsDefault(p, &a) != isDefault {
			t.Errorf("IsDefault(%s) = %t, want %t", p.Name(), !isDefault, isDefault)
		}
	}
	if strings.Join(got, " ") != want {
		t.Errorf("AppendValue = %q, want %q", got, want)
	}
	p, _ := awgparam.Find("header-protection-key")
	a.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey([32]byte{1})
	if got := string(awgparam.AppendValue(nil, p, &a)); got != "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" || !awgparam.IsKey(p) || awgparam.IsDefault(p, &a) {
		t.Errorf("AppendValue(key) = %q, IsKey %t, IsDefault %t, want base64, true, false", got, awgparam.IsKey(p), awgparam.IsDefault(p, &a))
	}
}
