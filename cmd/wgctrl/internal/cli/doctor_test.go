package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestConfFile(t *testing.T) {
	t.Parallel()
	for kind, want := range map[wgtypes.Kind]string{
		wgtypes.KindKernel:           "/etc/wireguard/wg0.conf",
		wgtypes.KindUserspace:        "/etc/wireguard/wg0.conf",
		wgtypes.KindAmneziaKernel:    "/etc/amnezia/amneziawg/wg0.conf",
		wgtypes.KindAmneziaUserspace: "/etc/amnezia/amneziawg/wg0.conf",
	} {
		if got := filepath.ToSlash(confFile(wgtypes.DeviceRef{Name: "wg0", Kind: kind})); got != want {
			t.Errorf("confFile() of a device of kind %v = %q, want %q", kind, got, want)
		}
	}
}

// TestDoctorFileOfAmnezia checks that doctor reads the parameters of AmneziaWG.
func TestDoctorFileOfAmnezia(t *testing.T) {
	t.Parallel()
	file, err := doctorFile(strings.NewReader("[Interface]\nJc = 4\n"), "-")
	if err != nil || len(file.Problems) > 0 {
		t.Fatalf("doctorFile() = %v, %v, want a file without problems", file, err)
	}
	if a := file.Settings.Interface.Amnezia; a == nil || a.Jc == nil || *a.Jc != 4 {
		t.Errorf("doctorFile() has the parameters %v, want Jc = 4", a)
	}
}
