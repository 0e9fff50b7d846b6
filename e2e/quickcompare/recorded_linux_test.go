package quickcompare

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/recorded with what the original does")

// TestRecorded checks that the original and package quick leave the recorded
// states, and that each of them can take down what the other one brought up.
func TestRecorded(t *testing.T) {
	t.Parallel()
	env := environmentOf(t)
	paths, err := filepath.Glob("testdata/recorded/*/state*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata/recorded has the states %q, %v, want some", paths, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "testdata/recorded/"), ".json")
		for _, pair := range [][2]subject{{reference, reference}, {ours, ours}, {reference, ours}, {ours, reference}} {
			t.Run(name+"/"+pair[0].name+"-"+pair[1].name, func(t *testing.T) {
				t.Parallel()
				testRecording(t, env, path, pair)
			})
		}
	}
}

func testRecording(t *testing.T, env environment, path string, pair [2]subject) {
	got := record(t, env, path, pair)
	if *update && pair == [2]subject{reference, reference} {
		if err := writeRecording(path, got); err != nil {
			t.Fatal(err)
		}
	}
	want, err := readRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := lineDiff(want, got); diff != "" {
		t.Errorf("%s up, then %s down: recorded (-) and current (+) behaviour differ:\n%s", pair[0].name, pair[1].name, diff)
	}
}

// record runs up with the first subject and down with the second one.
func record(t *testing.T, env environment, path string, pair [2]subject) recording {
	t.Helper()
	w, err := newWorld(env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.end)
	conf, err := os.ReadFile(filepath.Join(filepath.Dir(path), "conf"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.write(confPath("wg0"), string(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	var variables []string
	if strings.HasSuffix(path, "-iptables.json") {
		variables = append(variables, "PATH="+withoutNFT)
	}
	var r recording
	r.Up, r.State = w.step(t, pair[0], variables, "up")
	r.Down, r.AfterDown = w.step(t, pair[1], variables, "down")
	return r
}

// step runs a subject with wg0, and reads the state afterwards.
func (w *world) step(t *testing.T, s subject, variables []string, verb string) (run, state) {
	t.Helper()
	o, err := s.run(w, variables, verb, "wg0")
	if err != nil {
		t.Fatalf("%s %s wg0: %v", s.name, verb, err)
	}
	if o.code != 0 {
		t.Logf("%s %s wg0 exits with %d:\n%s%s", s.name, verb, o.code, o.stdout, o.stderr)
	}
	state, err := w.state()
	if err != nil {
		t.Fatalf("state after %s %s wg0: %v", s.name, verb, err)
	}
	return said(o), state
}
