package quickcompare

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManyRoutes compares the states after an up with many routes.
func TestManyRoutes(t *testing.T) {
	env := environmentOf(t)
	want, _ := raiseRoutes(t, env, reference, 200)
	got, _ := raiseRoutes(t, env, ours, 200)
	if diff := lineDiff(want, got); diff != "" {
		t.Errorf("the states of wg-quick (-) and quick (+) differ:\n%.2000s", diff)
	}
}

// BenchmarkUp measures the processor time of up, with that of child processes.
func BenchmarkUp(b *testing.B) {
	env := environmentOf(b)
	for _, routes := range []int{50, 500, 5000} {
		for _, s := range []subject{reference, ours} {
			b.Run(fmt.Sprintf("%s/%d", s.name, routes), func(b *testing.B) {
				var total time.Duration
				for range b.N {
					_, cpu := raiseRoutes(b, env, s, routes)
					total += cpu
				}
				b.ReportMetric(total.Seconds()/float64(b.N), "cpu-s/op")
			})
		}
	}
}

// raiseRoutes brings an interface with n routes up in a new world, and returns the state
// and the processor time.
func raiseRoutes(t testing.TB, env environment, s subject, n int) (state, time.Duration) {
	t.Helper()
	w, err := newWorld(env)
	if err != nil {
		t.Fatal(err)
	}
	defer w.end()
	if err := w.write(confPath("wg0"), manyRoutes(n), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := s.run(w, nil, "up", "wg0")
	if err != nil || o.code != 0 {
		t.Fatalf("%s up: exit code %d, %v\n%.1000s", s.name, o.code, err, o.stderr)
	}
	after, err := w.state()
	if err != nil {
		t.Fatal(err)
	}
	return after, o.cpu
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
