package wgtypes_test

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// key is the interface of the three types of keys.
type key interface {
	encoding.TextMarshaler
	encoding.TextAppender
	IsZero() bool
}

// role is one type of key, with its functions in terms of bytes.
type role struct {
	name  string
	of    func([32]byte) key
	parse func(string) (key, error)
	text  func(into key, text []byte) (key, error) // UnmarshalText
	json  func(into key, b []byte) (key, error)    // json.Unmarshal
	bytes func(key) [32]byte
}

var roles = []role{
	newRole("public key", wgtypes.ParsePublicKey,
		func(b [32]byte) wgtypes.PublicKey { return b },
		func(k wgtypes.PublicKey) [32]byte { return k }),
	newRole("private key", wgtypes.ParsePrivateKey, wgtypes.NewPrivateKey,
		func(k wgtypes.PrivateKey) [32]byte { return k.Bytes() }),
	newRole("preshared key", wgtypes.ParsePresharedKey, wgtypes.NewPresharedKey,
		func(k wgtypes.PresharedKey) [32]byte { return k.Bytes() }),
}

func newRole[K key, P interface {
	*K
	encoding.TextUnmarshaler
	json.Unmarshaler
}](name string, parse func(string) (K, error), of func([32]byte) K, bytes func(K) [32]byte) role {
	return role{
		name:  name,
		of:    func(b [32]byte) key { return of(b) },
		parse: func(s string) (key, error) { return parse(s) },
		text: func(into key, text []byte) (key, error) {
			k := into.(K)
			err := P(&k).UnmarshalText(text)
			return k, err
		},
		json: func(into key, b []byte) (key, error) {
			k := into.(K)
			err := json.Unmarshal(b, &k)
			return k, err
		},
		bytes: func(k key) [32]byte { return bytes(k.(K)) },
	}
}

// keyText is the text of a key that has both characters that differ between the
// alphabets of base64.
var keyText = base64.StdEncoding.EncodeToString(append([]byte{0xfb, 0xef, 0xff, 0xff}, secretBytes[:28]...))

// malformed are invalid texts, some of which lenient parsers accept.
func malformed() map[string]string {
	s := keyText
	m := map[string]string{
		"empty":                    "",
		"padding only":             strings.Repeat("=", 44),
		"one character less":       s[:42] + "=",
		"one character more":       s + "=",
		"unpadded":                 s[:43],
		"unpadded, 33 bytes":       s[:43] + "A",
		"31 bytes":                 base64.StdEncoding.EncodeToString(secretBytes[:31]),
		"33 bytes":                 base64.StdEncoding.EncodeToString(append(secretBytes[:], 1)),
		"two padding characters":   s[:42] + "==",
		"padding in the middle":    s[:20] + "=" + s[21:],
		"padding first":            "=" + s[:43],
		"URL alphabet":             strings.NewReplacer("+", "-", "/", "_").Replace(s),
		"hex":                      hex.EncodeToString(secretBytes[:]),
		"hex, 44 characters":       hex.EncodeToString(secretBytes[:])[:44],
		"trailing space":           s + " ",
		"leading space":            " " + s,
		"space for the first":      " " + s[1:],
		"space for the last":       s[:43] + " ",
		"space in the middle":      s[:20] + " " + s[20:43],
		"trailing line break":      s + "\n",
		"line break for the last":  s[:43] + "\n",
		"four line breaks, 44":     s[:36] + "\n\r\n\n" + s[40:],
		"line break in the middle": s[:20] + "\n" + s[20:],
		"leading line breaks":      "\n\n\n\n" + s[:40],
		"NUL":                      s[:20] + "\x00" + s[21:],
		"not ASCII":                s[:20] + "é" + s[22:],
		"quoted":                   `"` + s + `"`,
	}
	// The last character before the padding has 4 bits of the key and 2 unused
	// bits.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, s[42])
	for unused := 1; unused < 4; unused++ {
		m[fmt.Sprintf("unused bits are %02b", unused)] = s[:42] + string(alphabet[last|unused]) + "="
	}
	return m
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		before := role.of([32]byte{1})
		for name, text := range malformed() {
			t.Run(role.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				k, err := role.parse(text)
				checkRefusal(t, role, text, err)
				if !k.IsZero() {
					t.Errorf("Parse(%q) = %x, want the zero key", text, role.bytes(k))
				}
				k, err = role.text(before, []byte(text))
				checkRefusal(t, role, text, err)
				if role.bytes(k) != role.bytes(before) {
					t.Errorf("UnmarshalText(%q) changes the key to %x, want %x", text, role.bytes(k), role.bytes(before))
				}
				quoted, _ := json.Marshal(text)
				k, err = role.json(before, quoted)
				checkRefusal(t, role, text, err)
				if role.bytes(k) != role.bytes(before) {
					t.Errorf("UnmarshalJSON(%q) changes the key to %x, want %x", text, role.bytes(k), role.bytes(before))
				}
			})
		}
	}
}

// checkRefusal checks that err names the role and contains no part of text.
func checkRefusal(t *testing.T, role role, text string, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("parsing %q as a %s = nil error, want one", text, role.name)
	}
	if !strings.Contains(err.Error(), role.name) {
		t.Errorf("error = %v, want %q in it", err, role.name)
	}
	const part = 4
	for i := 0; i+part <= len(text); i++ {
		if strings.Contains(err.Error(), text[i:i+part]) {
			t.Fatalf("error = %v, want %q of the input not in it", err, text[i:i+part])
		}
	}
}

func TestKeyRoundTrip(t *testing.T) {
	t.Parallel()
	keys := [][32]byte{{}, {1}, {31: 1}, secretBytes}
	for i := range byte(64) {
		keys = append(keys, [32]byte{0: i, 30: i << 2, 31: i * 7}, [32]byte{31: i * 4})
	}
	for _, role := range roles {
		for _, b := range keys {
			k := role.of(b)
			want := base64.StdEncoding.EncodeToString(b[:])
			if text, err := k.MarshalText(); err != nil || string(text) != want {
				t.Errorf("%s: MarshalText returns %q, %v, want %q", role.name, text, err, want)
			}
			if text, err := k.AppendText([]byte("key=")); err != nil || string(text) != "key="+want {
				t.Errorf("%s: AppendText(key=) = %q, %v, want key=%s", role.name, text, err, want)
			}
			if j, err := json.Marshal(k); err != nil || string(j) != `"`+want+`"` {
				t.Errorf("%s: json.Marshal = %s, %v, want %q", role.name, j, err, want)
			}
			if k.IsZero() != (b == [32]byte{}) {
				t.Errorf("%s: IsZero of %x = %v, want %v", role.name, b, k.IsZero(), !k.IsZero())
			}
			parsed, err := role.parse(want)
			checkKey(t, role, b, parsed, err)
			parsed, err = role.text(role.of([32]byte{9}), []byte(want))
			checkKey(t, role, b, parsed, err)
			parsed, err = role.json(role.of([32]byte{9}), []byte(`"`+want+`"`))
			checkKey(t, role, b, parsed, err)
		}
	}
}

func checkKey(t *testing.T, role role, want [32]byte, got key, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: error %v, want %x", role.name, err, want)
	} else if b := role.bytes(got); b != want {
		t.Errorf("%s: got %x, want %x", role.name, b, want)
	}
}

// numbers returns the JSON array of n numbers, the first of them replaced.
func numbers(n int, first string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(200 + i)
	}
	list[0] = first
	return "[" + strings.Join(list, ",") + "]"
}

func TestKeyJSONArray(t *testing.T) {
	t.Parallel()
	want := [32]byte{}
	for i := range want {
		want[i] = byte(200 + i)
	}
	for _, role := range roles {
		for _, text := range []string{numbers(32, "200"), strings.ReplaceAll(numbers(32, "200"), ",", " ,\n\t")} {
			k, err := role.json(role.of([32]byte{1}), []byte(text))
			checkKey(t, role, want, k, err)
		}
		k, err := role.json(role.of([32]byte{1}), []byte("["+strings.Repeat("0,", 31)+"0]"))
		checkKey(t, role, [32]byte{}, k, err)
	}
}

func TestKeyJSONRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"31 numbers":        numbers(31, "200"),
		"33 numbers":        numbers(33, "200"),
		"no numbers":        "[]",
		"negative":          numbers(32, "-1"),
		"256":               numbers(32, "256"),
		"65536":             numbers(32, "65536"),
		"float":             numbers(32, "1.5"),
		"exponent":          numbers(32, "1e2"),
		"string":            numbers(32, `"200"`),
		"null in the array": numbers(32, "null"),
		"nulls":             "[" + strings.Repeat("null,", 31) + "null]",
		"true":              numbers(32, "true"),
		"nested":            "[" + numbers(32, "200") + "]",
		"number":            "12345678",
		"bool":              "true",
		"object":            `{"key":"` + keyText + `"}`,
	}
	for _, role := range roles {
		for name, text := range tests {
			t.Run(role.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				k, err := role.json(role.of([32]byte{1}), []byte(text))
				if err == nil {
					t.Fatalf("json.Unmarshal(%s) = nil error, want one", text)
				}
				if role.bytes(k) != [32]byte{1} {
					t.Errorf("json.Unmarshal(%s) changes the key to %x, want no change", text, role.bytes(k))
				}
				for _, part := range []string{"200", "201", "231", keyText[:4], "1234"} {
					if strings.Contains(err.Error(), part) {
						t.Errorf("error = %v, want %q of the input not in it", err, part)
					}
				}
			})
		}
	}
}

func TestKeyJSONNull(t *testing.T) {
	t.Parallel()
	for _, role := range roles {
		k, err := role.json(role.of(secretBytes), []byte("null"))
		checkKey(t, role, secretBytes, k, err)
	}
}

// TestKeyJSONEmpty calls UnmarshalJSON without encoding/json, which never passes an
// empty text.
func TestKeyJSONEmpty(t *testing.T) {
	t.Parallel()
	var k wgtypes.PublicKey
	if err := k.UnmarshalJSON(nil); err == nil {
		t.Errorf("UnmarshalJSON of an empty text = nil and sets %v, want an error", k)
	}
}

// FuzzParseKey checks that each key has exactly one text that Parse accepts.
func FuzzParseKey(f *testing.F) {
	f.Add(keyText)
	for _, text := range malformed() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, role := range roles {
			k, err := role.parse(text)
			if err != nil {
				continue
			}
			if again, _ := k.MarshalText(); string(again) != text {
				t.Errorf("%s: Parse(%q) has the text %q, want the same", role.name, text, again)
			}
		}
	})
}

func TestKeyAllocations(t *testing.T) {
	text := []byte(keyText)
	var public wgtypes.PublicKey
	buf := make([]byte, 0, 64)
	tests := map[string]struct {
		most float64
		f    func()
	}{
		"UnmarshalText": {0, func() { _ = public.UnmarshalText(text) }},
		"AppendText":    {0, func() { _, _ = public.AppendText(buf) }},
		"NewPrivateKey": {1, func() { _ = wgtypes.NewPrivateKey(secretBytes).Bytes() }},
	}
	for name, tt := range tests {
		if n := testing.AllocsPerRun(100, tt.f); n > tt.most {
			t.Errorf("%s costs %v allocations, want at most %v", name, n, tt.most)
		}
	}
}

// TestParseKeyLikeBase64 compares the decoder with that of package base64 for each
// character at each position.
func TestParseKeyLikeBase64(t *testing.T) {
	t.Parallel()
	for seed := range byte(4) {
		var raw [wgtypes.KeyLen]byte
		for i := range raw {
			raw[i] = byte(i)*37 + seed*0x55
		}
		valid := base64.StdEncoding.EncodeToString(raw[:])
		for at := range len(valid) {
			for c := range 256 {
				text := valid[:at] + string([]byte{byte(c)}) + valid[at+1:]
				want, wantErr := base64.StdEncoding.Strict().DecodeString(text)
				wantOK := wantErr == nil && len(want) == wgtypes.KeyLen
				got, err := wgtypes.ParsePublicKey(text)
				if (err == nil) != wantOK || wantOK && !bytes.Equal(got[:], want) || !wantOK && !got.IsZero() {
					t.Fatalf("ParsePublicKey(%q) = %v, %v, want %x, %t", text, got, err, want, wantOK)
				}
			}
		}
	}
}
