package quickcompare

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// routesVariable is the environment variable with the number of routes for TestSpeed.
const routesVariable = "QUICKCOMPARE_ROUTES"

// TestSpeed compares the processor time of up with many routes, of the programs and
// their children. Package quick must need a twentieth of wg-quick's at most. The
// time does not depend on what else the machine does.
func TestSpeed(t *testing.T) {
	env := environmentOf(t)
	routes := 500
	if text := os.Getenv(routesVariable); text != "" {
		var err error
		if routes, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	var states [2]state
	var cpu [2]time.Duration
	for i, s := range []subject{reference, ours} {
		w, err := newWorld(env)
		if err != nil {
			t.Fatal(err)
		}
		defer w.end()
		if err := w.write(confPath("wg0"), manyRoutes(routes), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := s.run(w, nil, "up", "wg0")
		if err != nil || o.code != 0 {
			t.Fatalf("%s up: exit code %d, %v\n%.1000s", s.name, o.code, err, o.stderr)
		}
		cpu[i] = o.cpu
		if states[i], err = w.state(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := lineDiff(states[0], states[1]); diff != "" {
		t.Errorf("the states of wg-quick (-) and quick (+) differ:\n%.2000s", diff)
	}
	ratio := float64(cpu[0]) / float64(cpu[1])
	t.Logf("%d routes: wg-quick %v, quick %v of processor time: %.0f times", routes, cpu[0], cpu[1], ratio)
	if ratio < 20 && !self() {
		t.Errorf("%d routes: quick takes %v, want at most a twentieth of wg-quick's %v", routes, cpu[1], cpu[0])
	}
}

// manyRoutes returns a file with n allowed IPs, of both families.
func manyRoutes(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[Interface]\nPrivateKey = %s\nListenPort = 51820\nAddress = 10.200.0.1/24, fd70::1/64\n[Peer]\nPublicKey = %s\n", ownPrivate, peerKey)
	for i := range n {
		if i%2 == 0 {
			fmt.Fprintf(&b, "AllowedIPs = 10.%d.%d.%d/32\n", i>>16&255, i>>8&255, i&255)
		} else {
			fmt.Fprintf(&b, "AllowedIPs = fd71:%x::/64\n", i)
		}
	}
	return b.String()
}
