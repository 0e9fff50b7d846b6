package wginternal_test

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	limits := []int{wginternal.MaxNameUnix, wginternal.MaxNameWindows, wginternal.MaxNameAny}
	valid := []string{
		"wg0", "a", "...", ".wg", "wg.0", "wg 0", "wg:0", "-", "~", "é", `wg0 "x'`, "%d", "wg0.sock",
		strings.Repeat("x", 15), strings.Repeat("x", 16), strings.Repeat("x", 32), strings.Repeat("x", 33),
		strings.Repeat("é", 8), strings.Repeat("x", 5000),
	}
	for _, name := range valid {
		for _, limit := range limits {
			err := wginternal.CheckName(name, limit)
			switch tooLong := limit > 0 && len(name) > limit; {
			case tooLong:
				checkNameError(t, name, err)
			case err != nil:
				t.Errorf("%q, limit %d: %v", name, limit, err)
			}
		}
	}
	invalid := []string{
		"", ".", "..", "/", "a/b", "../wg0", "wg0/", `\`, `a\b`, `..\wg0`, "wg\x7f", strings.Repeat("x", 40) + "/",
	}
	for b := range rune(0x20) {
		invalid = append(invalid, "wg"+string(b)+"0")
	}
	for _, name := range invalid {
		for _, limit := range limits {
			checkNameError(t, name, wginternal.CheckName(name, limit))
		}
	}
	const want = `name: "a\\b" contains a backslash`
	if err := wginternal.CheckName(`a\b`, wginternal.MaxNameAny); err == nil || err.Error() != want {
		t.Errorf(`CheckName("a\\b") = %v, want %s`, err, want)
	}
}

// TestCheckLinkName checks names that Linux allows for network interfaces.
func TestCheckLinkName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"wg0", "...", `a\b`, "a\x01b", "\x7f", "\x1b[31m", "\xff\xfe", `\`, strings.Repeat("\x80", 15), "wg 0"} {
		if err := wginternal.CheckLinkName(name); err != nil {
			t.Errorf("CheckLinkName(%q) = %v, want nil", name, err)
		}
	}
	for _, name := range []string{"", ".", "..", "/", "a/b", "\x00", "a\x00b", strings.Repeat("x", 16), strings.Repeat("\x01", 16)} {
		checkNameError(t, name, wginternal.CheckLinkName(name))
	}
}

func checkNameError(t *testing.T, name string, err error) {
	t.Helper()
	fe, ok := errors.AsType[*wgtypes.FieldError](err)
	if !ok {
		t.Errorf("%q: the error is %v, want a *FieldError", name, err)
		return
	}
	if fe.Index != -1 || fe.Field != "name" || !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("%q: error = %+v, want the index -1, the field name and fs.ErrInvalid", name, fe)
	}
	if name != "" && !strings.Contains(err.Error(), strconv.Quote(name)) {
		t.Errorf("error = %q, want the name %q in it", err, name)
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		t.Errorf("%q: error = %q, want no control bytes", name, err)
	}
}
