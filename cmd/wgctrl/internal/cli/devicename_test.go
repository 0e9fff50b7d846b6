package cli

import (
	"runtime"
	"strings"
	"testing"
)

// TestCheckDeviceName checks that the names that kernels accept are valid.
func TestCheckDeviceName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"wg0", "a", "...", "wg.0", "-", "~", "é", `"`, "%d", "\x1b[2J", "\x01", "\xff\xfe", "\u00a0", "all", strings.Repeat("x", 15)} {
		if err := checkDeviceName(name); err != nil {
			t.Errorf("checkDeviceName(%q) = %v, want no error", name, err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]string{
		".":                     `invalid device name ".": must not be a directory`,
		"..":                    `invalid device name "..": must not be a directory`,
		"":                      `invalid device name "": must not be empty`,
		"wg 0":                  `invalid device name "wg 0": must not contain " "`,
		"wg0\n":                 `invalid device name "wg0\n": must not contain "\n"`,
		"\twg0":                 `invalid device name "\twg0": must not contain "\t"`,
		"wg\v":                  `invalid device name "wg\v": must not contain "\v"`,
		"wg\f":                  `invalid device name "wg\f": must not contain "\f"`,
		"wg\r":                  `invalid device name "wg\r": must not contain "\r"`,
		"a/b":                   `invalid device name "a/b": must not contain "/"`,
		"wg:0":                  `invalid device name "wg:0": must not contain ":"`,
		"wireguard-office":      `invalid device name "wireguard-office": has 16 bytes, must have at most 15`,
		strings.Repeat("é", 8):  `invalid device name "éééééééé": has 16 bytes, must have at most 15`,
		"wireguard office long": `invalid device name "wireguard office long": has 21 bytes, must have at most 15`,
	} {
		if err := checkDeviceName(name); err == nil || err.Error() != want {
			t.Errorf("checkDeviceName(%q) = %v, want %q", name, err, want)
		}
	}
}

// TestInvalidDeviceNames checks that every command with devices checks their names.
func TestInvalidDeviceNames(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("device names may have blanks")
	}
	for _, name := range []string{"wireguard-office", "wg 0", ".", ".."} {
		for _, args := range [][]string{
			{"show", name}, {"show", name, "dump"}, {"show", name, "--json"}, {"showconf", name}, {"set", name, "fwmark", "1"},
			{"setconf", name, "file"}, {"addconf", name, "file"}, {"syncconf", name, "file"}, {"sync", name, "file"},
			{"add", name}, {"del", name}, {"watch", name}, {"watch", "wg0", name}, {"top", name}, {"top", "wg0", name},
		} {
			code, out, errs := runCommand(t, args...)
			if want := "wgctrl: " + checkDeviceName(name).Error() + "\n"; code != 1 || out != "" || errs != want {
				t.Errorf("Run(%q) = %d, stdout %q, stderr %q, want 1, no stdout, %q", args, code, out, errs, want)
			}
		}
	}
}
