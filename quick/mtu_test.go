//go:build unix

package quick

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

func TestMTU(t *testing.T) {
	t.Parallel()
	const endpoint = "198.51.100.10"
	setMTU := func(mtu string) func(*machine) {
		return func(m *machine) { m.Settings["mtu "+endpoint] = mtu }
	}
	for name, test := range map[string]struct {
		old, text string
		change    func(*machine)
		want      int
		warnings  int
	}{
		"link":                 {"", "", nil, 1420, 0},
		"route":                {"", "", setMTU("1400"), 1320, 0},
		"jumbo frames":         {"", "", func(m *machine) { m.LinkList[1].MTU = 9000 }, 8920, 0},
		"small for IPv6":       {"Address = ", "Address = fd70::2/64, ", setMTU("1300"), 1280, 1},
		"small for IPv6 route": {"AllowedIPs = ", "AllowedIPs = fd71::/64, ", setMTU("1300"), 1280, 1},
		"small for IPv4":       {"", "", setMTU("1300"), 1220, 0},
		"smaller than IPv4":    {"", "", setMTU("100"), 68, 1},
		"file":                 {"[Peer]", "MTU = 1380\n[Peer]", nil, 1380, 0},
		"file, small":          {"[Peer]", "MTU = 1000\n[Peer]", nil, 1000, 0},
		"file, small for IPv6": {"[Peer]", "MTU = 1000\nAddress = fd70::2\n[Peer]", nil, 1280, 1},
		"no endpoint":          {"Endpoint = " + endpoint + ":51820", "", nil, 1420, 0},
		"IPv6 default only": {"Endpoint = " + endpoint + ":51820", "", func(m *machine) {
			m.LinkList[1].MTU = 1400
			m.RouteList = m.RouteList[3:]
		}, 1320, 0},
		"no default": {"Endpoint = " + endpoint + ":51820", "", func(m *machine) {
			m.LinkList[1].MTU, m.RouteList = 1400, nil
		}, 1420, 0},
		"smallest of two": {"[Peer]", "[Peer]\nPublicKey = AELCrzVmu89WtJ5Cwl5WPpl5h5ivD2qYjdZLB+Qj9D4=\nEndpoint = 203.0.113.1:1\n[Peer]", func(m *machine) {
			m.Settings["mtu 203.0.113.1"] = "1350"
		}, 1270, 0},
		"loopback": {"Endpoint = " + endpoint, "Endpoint = 127.0.0.1", func(m *machine) {
			m.RouteList = append(m.RouteList, host.Route{Prefix: addressOf(t, "127.0.0.0/8"), Index: 1, Table: mainTable})
		}, 65456, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			if test.change != nil {
				test.change(m)
			}
			sys := m.system(t.TempDir())
			var warnings []error
			sys.warn = func(err error) { warnings = append(warnings, err) }
			tunnel := parseTunnel(t, strings.Replace(ipv4Default, test.old, test.text, 1))
			p, err := sys.planner(t.Context(), tunnel, tunnel.Settings)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.mtu(t.Context())
			if err != nil || got != test.want || len(warnings) != test.warnings {
				t.Errorf("mtu = %d, %v with warnings %v, want %d with %d warnings", got, err, warnings, test.want, test.warnings)
			}
		})
	}
}
