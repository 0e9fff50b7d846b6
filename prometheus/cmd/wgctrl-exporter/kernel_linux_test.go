package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
)

// capNetAdmin is CAP_NET_ADMIN of capabilities(7).
const capNetAdmin = 12

// TestPrivilege runs the command as nobody. With the capability of the systemd unit
// it reads a kernel device; without it, the metrics report a missing permission.
func TestPrivilege(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	for name, test := range map[string]struct {
		capabilities []uintptr
		want         []string
	}{
		"none": {nil, []string{
			`wireguard_device_up{device="wg0",kind="kernel"} 0`,
			`wireguard_scrape_error_info{device="wg0",kind="kernel",reason="permission"} 1`}},
		"CAP_NET_ADMIN": {[]uintptr{capNetAdmin}, []string{
			`wireguard_device_up{device="wg0",kind="kernel"} 1`, `wireguard_scrape_success 1`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := scrapeAsNobody(t, d.NetNS(), test.capabilities)
			for _, want := range test.want {
				if !strings.Contains(text, "\n"+want+"\n") {
					t.Errorf("the metrics lack %s, want it in\n%s", want, text)
				}
			}
		})
	}
}

// scrapeAsNobody runs the command as nobody in the namespace and returns its
// metrics.
func scrapeAsNobody(t *testing.T, ns *wgtest.Namespace, capabilities []uintptr) string {
	t.Helper()
	// The path of the binary may be in a directory that nobody cannot enter.
	cmd := command(t, "/proc/self/exe", "--backend=kernel")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: capabilities}
	var p *process
	ns.Do(t, func() { p = start(t, cmd) })
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (c net.Conn, err error) {
		ns.Do(t, func() { c, err = new(net.Dialer).DialContext(ctx, network, address) })
		return c, err
	}}}
	defer client.CloseIdleConnections()
	response, err := client.Get("http://" + p.address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	p.end(t)
	return string(text)
}
