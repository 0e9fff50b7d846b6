package quickcompare

import (
	"fmt"
	"sync"
	"testing"
)

// TestKilledUp kills up before each of its steps. Then down must leave the recorded
// state, or up must bring the interface up after all.
func TestKilledUp(t *testing.T) {
	t.Parallel()
	env := environmentOf(t)
	want, err := readRecording("testdata/recorded/05/state.json")
	if err != nil {
		t.Fatal(err)
	}
	delete(want.AfterDown.Sysctl, srcValidMark) // up may have been killed before it
	for n := 1; n <= len(want.Up.Lines); n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := worldWith(t, env, "05")
			kill := []string{fmt.Sprintf("%s=%d", killVariable, n)}
			if r, _ := w.step(t, ours, kill, "up"); r.Code != -1 {
				t.Fatalf("up exits with %d, want -1 for a signal", r.Code)
			}
			// down fails if up has made nothing.
			r, got := w.step(t, ours, nil, "down")
			delete(got.Sysctl, srcValidMark)
			if diff := lineDiff(want.AfterDown, got); diff != "" {
				t.Errorf("up killed before step %d, down: exit code %d; recorded (-) and current (+) state differ:\n%s", n, r.Code, diff)
			}
			w.step(t, ours, kill, "up")
			r, got = w.step(t, ours, nil, "up")
			if diff := lineDiff(want.State, got); r.Code != 0 || diff != "" {
				t.Errorf("up killed before step %d, up: exit code %d; recorded (-) and current (+) state differ:\n%s", n, r.Code, diff)
			}
		})
	}
}

// TestConcurrentUps starts several ups at a time. One must succeed, and the others
// must leave its interface alone.
func TestConcurrentUps(t *testing.T) {
	t.Parallel()
	w := worldWith(t, environmentOf(t), "05")
	want, err := readRecording("testdata/recorded/05/state.json")
	if err != nil {
		t.Fatal(err)
	}
	const processes, rounds = 4, 3
	for round := range rounds {
		var codes [processes]int
		var group sync.WaitGroup
		for i := range processes {
			group.Go(func() {
				o, err := ours.run(w, nil, "up", "wg0")
				if codes[i] = o.code; err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		succeeded := 0
		for _, code := range codes {
			if code == 0 {
				succeeded++
			}
		}
		got, err := w.state()
		if err != nil {
			t.Fatal(err)
		}
		if diff := lineDiff(want.State, got); succeeded != 1 || diff != "" {
			t.Fatalf("round %d: ups exit with %v, want one 0; recorded (-) and current (+) state differ:\n%s", round, codes, diff)
		}
		w.step(t, ours, nil, "down")
	}
}
