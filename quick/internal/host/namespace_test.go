//go:build linux

package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtest"
)

// machine is a network namespace with an Ethernet interface, default routes, and a link
// wg0 without settings.
type machine struct {
	*host.Host
	ns *wgtest.Namespace
	wg int // index of wg0
}

// newMachine creates a machine. Without root it skips the test.
func newMachine(t testing.TB) *machine {
	t.Helper()
	need(t, "ip")
	m := &machine{ns: wgtest.NetNS(t)}
	m.command(t, `
		link add eth0 address 02:00:00:00:07:02 type veth peer name eth1 address 02:00:00:00:07:01
		link set eth0 addrgenmode none
		link set eth1 addrgenmode none
		link set eth0 up
		link set eth1 up
		address add 192.168.7.2/24 dev eth0
		-6 address add fd07::2/64 dev eth0 nodad
		route add default via 192.168.7.1
		-6 route add default via fd07::1
		tuntap add wg0 mode tun
		link set wg0 addrgenmode none`)
	h, err := host.Open(fmt.Sprintf("/proc/self/fd/%d", m.ns.FD()))
	if err != nil {
		t.Fatalf("Open = %v, want no error", err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("Close = %v, want no error", err)
		}
	})
	m.Host = h
	link, err := h.Link(t.Context(), "wg0")
	if err != nil {
		t.Fatalf("Link(%q) = %v, want no error", "wg0", err)
	}
	m.wg = link.Index
	return m
}

// need skips the test if a program is missing. With WGTEST_KERNEL=1 in the environment it
// fails the test.
func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("WGTEST_KERNEL") == "1" {
			t.Fatalf("LookPath(%q) = %v, want the program, since WGTEST_KERNEL=1 is set", program, err)
		}
		t.Skipf("the test needs %s: %v", program, err)
	}
}

// command runs ip with the words of each line in the namespace.
func (m *machine) command(t testing.TB, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		if words := strings.Fields(line); len(words) > 0 {
			m.run(t, "", "ip", words...)
		}
	}
}

// run runs a program in the namespace and returns its output.
func (m *machine) run(t testing.TB, input, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	var err error
	m.ns.Do(t, func() { err = cmd.Run() })
	if err != nil {
		t.Fatalf("%s %s = %v (%s), want no error", name, strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String()
}

// state returns what ip and nft list in the namespace.
func (m *machine) state(t testing.TB) map[string]any {
	t.Helper()
	s := make(map[string]any)
	for _, args := range []string{
		"-d -j addr", "-d -j route show table all", "-d -j -6 route show table all",
		"-d -j rule", "-d -j -6 rule",
	} {
		list := decodeJSON(t, m.run(t, "", "ip", strings.Fields(args)...))
		if strings.Contains(args, "route") {
			sortJSON(t, list.([]any))
		}
		s["ip "+args] = list
	}
	if _, err := exec.LookPath("nft"); err == nil {
		s["nft"] = decodeJSON(t, m.run(t, "", "nft", "-j", "list", "ruleset"))
	}
	var err error
	if s[srcValidMark], err = m.Sysctl(srcValidMark); err != nil {
		t.Fatalf("Sysctl(%q) = %v, want no error", srcValidMark, err)
	}
	return s
}

const srcValidMark = "net.ipv4.conf.all.src_valid_mark"

func decodeJSON(t testing.TB, text string) any {
	t.Helper()
	var v any
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("Unmarshal(%q) = %v, want no error", text, err)
	}
	return withoutHandles(v)
}

// withoutHandles removes from v the numbers that nftables counts for each object.
func withoutHandles(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "handle")
		for _, e := range v {
			withoutHandles(e)
		}
	case []any:
		for _, e := range v {
			withoutHandles(e)
		}
	}
	return v
}

// sortJSON sorts routes: the order of those to ff00::/8 is that in which interfaces
// become ready.
func sortJSON(t testing.TB, list []any) {
	t.Helper()
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(text(a), text(b)) })
}

// expectState compares the states of two machines. The kernel finishes IPv6 addresses
// later, so it compares again until they are equal or too much time has passed.
func expectState(t *testing.T, got, want *machine) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		diff := cmp.Diff(want.state(t), got.state(t))
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the state differs from that after the commands (-want +got):\n%s", diff)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := host.Open("wgctrl-missing")
	if want := `open network namespace "wgctrl-missing": no such file or directory`; !errors.Is(err, fs.ErrNotExist) || err.Error() != want {
		t.Errorf("Open of a missing name = %v, want %s", err, want)
	}
	_, err = host.Open(file)
	if want := fmt.Sprintf("open network namespace %q: not a network namespace", file); err == nil || err.Error() != want {
		t.Errorf("Open of a file = %v, want %s", err, want)
	}
}

func TestOpenUsesTheNamespaceOfTheThread(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.ns.Do(t, func() {
		h, err := host.Open("")
		if err != nil {
			t.Fatalf("Open(%q) = %v, want no error", "", err)
		}
		defer h.Close()
		if _, err := h.Link(t.Context(), "eth1"); err != nil {
			t.Errorf("Link(%q) = %v, want no error", "eth1", err)
		}
	})
}

// Methods may be called concurrently: their replies must not be mixed up.
func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.setLink(t, 1420)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			to := netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})
			route := host.Route{Prefix: netip.PrefixFrom(to, 32), Index: m.wg}
			if err := m.AddRoutes(ctx, []host.Route{route}); err != nil {
				t.Errorf("AddRoutes(%v) = %v, want no error", route, err)
			}
			if mtu, index, err := m.RouteTo(ctx, to); err != nil || index != m.wg || mtu != 1420 {
				t.Errorf("RouteTo(%v) = %d, %d, %v, want 1420, %d, no error", to, mtu, index, err, m.wg)
			}
			if links, err := m.Links(ctx); err != nil || len(links) < 4 {
				t.Errorf("Links = %v, %v, want lo, eth0, eth1 and wg0", links, err)
			}
			if _, err := m.Sysctl(srcValidMark); err != nil {
				t.Errorf("Sysctl(%q) = %v, want no error", srcValidMark, err)
			}
		})
	}
	wg.Wait()
}
