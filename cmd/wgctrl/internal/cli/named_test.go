package cli

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestNextSteps checks the three lines for a machine without devices, for root and for
// an ordinary user. Only the latter needs sudo, and reads it once.
func TestNextSteps(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no command of another backend creates devices on Windows")
	}
	kernel := "wireguard-go wg0"
	if can, err := kernelCapabilities(); err == nil && can.Links {
		kernel = "wgctrl add wg0"
	}
	for euid, sudo := range map[int]string{0: "", 1000: "sudo "} {
		for _, test := range []struct {
			cf   clientFlags
			want string
		}{
			{clientFlags{}, kernel},
			{clientFlags{netNS: "lab"}, strings.Replace(kernel, "wgctrl", "wgctrl --netns lab", 1)},
			{clientFlags{backends: []string{"userspace", "amneziawg-kernel"}}, "wireguard-go wg0"},
			{clientFlags{backends: []string{"amneziawg-kernel", "amneziawg-userspace"}}, "wgctrl --backend amneziawg-kernel add awg0"},
			{clientFlags{backends: []string{"amneziawg-userspace"}}, "amneziawg-go awg0"},
		} {
			var out strings.Builder
			writeNextSteps(&out, test.cf, euid)
			want := fmt.Sprintf("to create a device, run: %s%s\nto try a tunnel without root, run: wgctrl demo\nfor help, run: wgctrl help\n", sudo, test.want)
			if out.String() != want {
				t.Errorf("writeNextSteps of %+v for user %d prints\n%s\nwant\n%s", test.cf, euid, out.String(), want)
			}
		}
	}
}

// TestNearDevices checks which devices are suggested, and that there are not too many.
func TestNearDevices(t *testing.T) {
	t.Parallel()
	var refs []wgtypes.DeviceRef
	for i := range 9 {
		refs = append(refs, wgtypes.DeviceRef{Name: fmt.Sprintf("wg%d", i)}, wgtypes.DeviceRef{Name: fmt.Sprintf("wg%d", i), Kind: wgtypes.KindUserspace})
	}
	refs = append(refs, wgtypes.DeviceRef{Name: "office"})
	for word, want := range map[string][]string{
		"": nil, "x": nil, "ofice": {"office"}, "Office": {"office"}, "offce1": {"office"}, "home": nil, "off": {"office"}, "wg": {"wg0", "wg1", "wg2", "wg3"},
	} {
		if got := nearDevices(word, refs); !slices.Equal(got, want) {
			t.Errorf("nearDevices(%q) = %q, want %q", word, got, want)
		}
	}
}
