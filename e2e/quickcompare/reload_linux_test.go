package quickcompare

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestReloadEqualsUp checks that reload leaves what up would have left, for pairs of
// the recorded files, and that down removes it.
func TestReloadEqualsUp(t *testing.T) {
	t.Parallel()
	env := environmentOf(t)
	names := recordedNames(t)
	for i, from := range names {
		for _, to := range []string{names[(i+1)%len(names)], names[(i+5)%len(names)]} {
			t.Run(from+"-"+to, func(t *testing.T) {
				t.Parallel()
				testReload(t, env, from, to)
			})
		}
	}
}

// recordedNames returns the names of the recorded files.
func recordedNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("testdata/recorded")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if len(names) < 2 {
		t.Fatalf("testdata/recorded has the files %q, want at least 2", names)
	}
	return names
}

func testReload(t *testing.T, env environment, from, to string) {
	w := worldWith(t, env, from)
	w.step(t, ours, nil, "up")
	want, err := readRecording("testdata/recorded/" + to + "/state.json")
	if err != nil {
		t.Fatal(err)
	}
	w.placeRecorded(t, to)
	var got recording
	_, got.State = w.step(t, ours, nil, "reload")
	_, got.AfterDown = w.step(t, ours, nil, "down")
	for _, s := range []*state{&want.State, &want.AfterDown, &got.State, &got.AfterDown} {
		delete(s.Sysctl, srcValidMark)
		// New rules are there before old ones go, so they have other priorities.
		withoutPriorities(s.Rules4)
		withoutPriorities(s.Rules6)
	}
	if diff := lineDiff(want.State, got.State); diff != "" {
		t.Errorf("up with %s, then reload with %s: recorded (-) and current (+) state differ:\n%s", from, to, diff)
	}
	if diff := lineDiff(want.AfterDown, got.AfterDown); diff != "" {
		t.Errorf("up with %s, reload with %s, down: recorded (-) and current (+) state differ:\n%s", from, to, diff)
	}
}

// withoutPriorities removes the priorities of rules. Their order stays.
func withoutPriorities(rules []object) {
	for _, r := range rules {
		delete(r, "priority")
	}
}

// worldWith returns a world with a recorded file as wg0.
func worldWith(t *testing.T, env environment, name string) *world {
	t.Helper()
	w, err := newWorld(env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.end)
	w.placeRecorded(t, name)
	return w
}

func (w *world) placeRecorded(t *testing.T, name string) {
	t.Helper()
	conf, err := os.ReadFile("testdata/recorded/" + name + "/conf")
	if err == nil {
		err = w.write(confPath("wg0"), string(conf), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestReloadWithoutFile checks that a reload with a file that is missing, empty or
// invalid fails and changes nothing.
func TestReloadWithoutFile(t *testing.T) {
	t.Parallel()
	w := worldWith(t, environmentOf(t), "05")
	_, want := w.step(t, ours, nil, "up")
	for name, text := range map[string]string{
		"missing": "", "empty": "", "comments": "# nothing\n", "interface": "[Interface]\n", "unknown key": "[Interface]\nAdress = 10.0.0.1/8\n",
	} {
		var err error
		if name == "missing" {
			_, err = w.shell("rm " + confPath("wg0"))
		} else {
			err = w.write(confPath("wg0"), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		r, got := w.step(t, ours, nil, "reload")
		if r.Code == 0 {
			t.Errorf("reload with a file that is %s exits with 0, want an error", name)
		}
		for device, conf := range got.WireGuard {
			got.WireGuard[device] = withoutPort(conf, "")
		}
		if diff := lineDiff(want, got); diff != "" {
			t.Errorf("reload with a file that is %s: state before (-) and after (+) differ:\n%s", name, diff)
		}
	}
}

// TestReloadUnderTraffic reloads between files that differ in everything but the key
// and one peer, while packets flow through the tunnel. No packet may be lost.
func TestReloadUnderTraffic(t *testing.T) {
	t.Parallel()
	w, err := newWorld(environmentOf(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.end)
	if err := w.connectPeer(); err != nil {
		t.Fatal(err)
	}
	files := trafficFiles()
	if err := w.write(confPath("wg0"), files[0], 0o600); err != nil {
		t.Fatal(err)
	}
	if o, err := ours.run(w, nil, "up", "wg0"); err != nil || o.code != 0 {
		t.Fatalf("up: exit code %d, %v\n%s", o.code, err, o.stderr)
	}
	reports := make(chan string, 1)
	go func() {
		report, err := w.shell(fmt.Sprintf("ping -q -i 0.01 -c %d 10.7.0.2", packets))
		reports <- fmt.Sprint(report, err)
	}()
	for n := 1; ; n++ {
		select {
		case report := <-reports:
			w.checkTraffic(t, n-1, report)
			return
		default:
		}
		if err := w.write(confPath("wg0"), files[n%2], 0o600); err != nil {
			t.Fatal(err)
		}
		if o, err := ours.run(w, nil, "reload", "wg0"); err != nil || o.code != 0 {
			t.Fatalf("reload: exit code %d, %v\n%s", o.code, err, o.stderr)
		}
	}
}

// packets is the number of packets that flow while files are reloaded.
const packets = 400

// checkTraffic checks that no packet was lost, and that the peer was never removed,
// which would reset its counters.
func (w *world) checkTraffic(t *testing.T, reloads int, report string) {
	t.Helper()
	t.Logf("%d reloads: %s", reloads, report)
	if reloads < 2 {
		t.Errorf("%d reloads during %d packets, want some", reloads, packets)
	}
	if want := fmt.Sprintf("%d received", packets); !strings.Contains(report, want) {
		t.Errorf("after %d reloads, ping reports %q, want %q", reloads, report, want)
	}
	out, err := w.shell("wg show wg0 transfer | grep " + peerKey)
	var received, sent int
	if err == nil {
		_, err = fmt.Sscanf(out, peerKey+"\t%d\t%d", &received, &sent)
	}
	const size = 84 // of a packet of ping, without WireGuard's header
	if err != nil || received < packets*size || sent < packets*size {
		t.Errorf("after %d reloads, the device has received and sent %d and %d bytes, %v, want at least %d",
			reloads, received, sent, err, packets*size)
	}
}

// Keys of the tunnel in TestReloadUnderTraffic, made for tests.
const (
	ownPrivate  = "yOjyBUXQwqdSNY/4nDwkumGqiZvNLh3oE/xinKAAAHY="
	peerPrivate = "6O/Amv0cYGq9BqTCkuT1FeSc7EGxADR2Hv2zkT9LFUY="
	peerKey     = "cX08WGQN8EWRXWwVTFOc2V24oHJepa463jLBsQ/vB3g="
	ownKey      = "hJJrkjJmo8nvjZbPvWNjbP1e7UTsskA2w3eLJnb/xHg="
	otherKey    = "jSgCqUit6UTMEYLhRz7C6ZVsA7TzU9p+Emwm7Mr4p3U="
)

// connectPeer makes the other end of the tunnel, in the namespace of the router.
func (w *world) connectPeer() error {
	create := "ip -n router link add wgr type wireguard"
	if w.env.userspace != "" {
		create = "ip netns exec router " + userspaceProgram + " wgr"
	}
	_, err := w.shell(create + ` 2>/dev/null
in_router() { ip netns exec router "$@"; }
in_router wg set wgr private-key <(echo ` + peerPrivate + `) listen-port 51999 peer ` + ownKey + ` allowed-ips 10.7.0.0/16
ip -n router address add 10.7.0.2/16 dev wgr
ip -n router link set wgr up
`)
	return err
}

// trafficFiles returns two files for wg0 that keep the session with the peer.
func trafficFiles() [2]string {
	peer := "[Peer]\nPublicKey = " + peerKey + "\nEndpoint = 192.168.7.1:51999\n"
	return [2]string{
		"[Interface]\nPrivateKey = " + ownPrivate + "\nAddress = 10.7.0.1/32\n" + peer +
			"AllowedIPs = 10.7.0.2/32, 10.60.0.0/16\n",
		"[Interface]\nPrivateKey = " + ownPrivate + "\nAddress = 10.7.0.1/32, 10.8.0.1/24, fd70::1/64\nMTU = 1380\n" + peer +
			"AllowedIPs = 10.7.0.2/32, 0.0.0.0/0, 10.61.0.0/16\nPersistentKeepalive = 7\n" +
			"[Peer]\nPublicKey = " + otherKey + "\nAllowedIPs = 10.62.0.0/16, ::/0\n",
	}
}
