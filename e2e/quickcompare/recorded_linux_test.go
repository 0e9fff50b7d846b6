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
		for _, pair := range pairs(path) {
			t.Run(name+"/"+pair[0].name+"-"+pair[1].name, func(t *testing.T) {
				t.Parallel()
				testRecording(t, env, path, pair)
			})
		}
	}
}

const iptablesSuffix = "-iptables.json"

// pairs returns the subjects for up and down. Without the program nft, the original
// cannot remove the rules that package quick adds by netlink.
func pairs(path string) [][2]subject {
	all := [][2]subject{{reference, reference}, {ours, ours}, {reference, ours}}
	if strings.HasSuffix(path, iptablesSuffix) {
		return all
	}
	return append(all, [2]subject{ours, reference})
}

func testRecording(t *testing.T, env environment, path string, pair [2]subject) {
	got := record(t, env, path, pair)
	if *update && pair == [2]subject{reference, reference} {
		if err := writeRecording(path, got); err != nil {
			t.Fatal(err)
		}
	}
	want, err := expected(path, pair, got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := lineDiff(want, got); diff != "" {
		t.Errorf("%s up, then %s down: recorded (-) and current (+) behaviour differ:\n%s", pair[0].name, pair[1].name, diff)
	}
}

// expected returns what the pair of subjects has to do. Package quick does not need
// the program nft, so it does without it what it does with it; it says so too when
// it removes the rules that the original added by iptables.
func expected(path string, pair [2]subject, got recording) (recording, error) {
	if strings.HasSuffix(path, iptablesSuffix) && pair[0] == ours {
		path = strings.TrimSuffix(path, iptablesSuffix) + ".json"
	}
	want, err := readRecording(path)
	if strings.HasSuffix(path, iptablesSuffix) && pair[1] == ours {
		want.Down.Lines = got.Down.Lines
	}
	return want, err
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
	if pair == [2]subject{ours, ours} {
		variables = append(variables, "PATH="+noPrograms) // package quick needs none
	} else if strings.HasSuffix(path, "-iptables.json") {
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
