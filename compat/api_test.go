package wgctrl

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// original is what this module stands in for.
const (
	originalPath    = "golang.zx2c4.com/wireguard/wgctrl"
	originalVersion = "v0.0.0-20241231184526-a9ab2273dd10"
)

const golden = "testdata/api.txt"

// update writes the list anew, from the original.
var update = flag.Bool("update", false, "write "+golden+" from the original")

// TestAPI: every exported name of the original is here, as it was, and no
// other. The command alone is not: the library has one of its own.
func TestAPI(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	got, err := listAPI(originalPath, ".")
	if err != nil {
		t.Fatal(err)
	}
	const command = "package main // " + originalPath + "/cmd/wgctrl\n\n"
	without := strings.Replace(string(want), command, "", 1)
	if without == string(want) {
		t.Errorf("%s does not list the original's command", golden)
	}
	if got != without {
		t.Errorf("the API is\n\n%s\nand the original's\n\n%s", got, without)
	}
}

// TestGolden: the list is the original's own.
func TestGolden(t *testing.T) {
	t.Parallel()
	got, err := listAPI(originalPath, download(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not the original's API, which is\n\n%s", golden, got)
	}
}

// download returns the folder of the original, which it fetches where the
// module cache lacks it.
func download(t *testing.T) string {
	t.Helper()
	get := exec.Command("go", "mod", "download", "-json", originalPath+"@"+originalVersion)
	get.Dir = t.TempDir() // this module would stand in for it
	out, err := get.Output()
	var answer struct{ Dir, Error string }
	if json.Unmarshal(out, &answer) != nil || answer.Dir == "" {
		if os.Getenv("WGTEST_DIFF") == "1" {
			t.Fatalf("WGTEST_DIFF=1, but the original cannot be had: %v %s", err, answer.Error)
		}
		t.Skipf("the original cannot be had: %v %s", err, answer.Error)
	}
	return answer.Dir
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
