package quickcompare

import (
	"regexp"
	"strings"
	"testing"
)

// TestNetNS brings an interface up in another network namespace. Its UDP socket must
// stay in the namespace of the program, so that packets flow although the other
// namespace has no way to the peer.
func TestNetNS(t *testing.T) {
	t.Parallel()
	env := environmentOf(t)
	w, err := newWorld(env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.end)
	if err := w.connectPeer(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.shell("ip netns add inner; ip -n inner link set lo up"); err != nil {
		t.Fatal(err)
	}
	if err := w.write(confPath("wg0"), trafficFiles()[1], 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := w.state()
	if err != nil {
		t.Fatal(err)
	}
	netns := []string{netnsVariable + "=inner"}
	if o, err := ours.run(w, netns, "up", "wg0"); err != nil || o.code != 0 {
		t.Fatalf("up in a namespace: exit code %d, %v\n%s", o.code, err, o.stderr)
	}
	report, err := w.shell("ip netns exec inner ping -q -c 3 -i 0.1 10.7.0.2")
	if err != nil || !strings.Contains(report, "3 received") {
		t.Errorf("ping from the namespace reports %q, %v, want 3 of 3 packets", report, err)
	}
	inner, err := w.shell("ip -n inner -br address show wg0; ip -n inner rule; ip netns exec inner nft list tables")
	for _, want := range []string{"10.8.0.1/24", "fd70::1/64", "suppress_prefixlength 0", "table ip wg-quick-wg0"} {
		if !strings.Contains(inner, want) {
			t.Errorf("the namespace has %q, %v, want %q", inner, err, want)
		}
	}
	if o, err := ours.run(w, netns, "down", "wg0"); err != nil || o.code != 0 {
		t.Fatalf("down in a namespace: exit code %d, %v\n%s", o.code, err, o.stderr)
	}
	after, err := w.state()
	if err != nil {
		t.Fatal(err)
	}
	if env.userspace != "" { // the state has the device of the peer, which has learned the endpoint
		for name, text := range after.WireGuard {
			after.WireGuard[name] = regexp.MustCompile(`\nEndpoint = .*`).ReplaceAllString(text, "")
		}
	}
	if diff := lineDiff(before, after); diff != "" {
		t.Errorf("the program's own namespace before (-) and after (+) differs:\n%s", diff)
	}
	inner, err = w.shell("ip -n inner -br link; ip -n inner rule; ip netns exec inner nft list tables")
	if err != nil || strings.Contains(inner, "wg") || strings.Contains(inner, "suppress") {
		t.Errorf("after down, the namespace has %q, %v, want nothing of wg0", inner, err)
	}
}
