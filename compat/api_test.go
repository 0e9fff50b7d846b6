package wgctrl

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The module that this one replaces.
const (
	originalPath    = "golang.zx2c4.com/wireguard/wgctrl"
	originalVersion = "v0.0.0-20241231184526-a9ab2273dd10"
)

const golden = "testdata/api.txt"

// update makes TestGolden rewrite the list from the original.
var update = flag.Bool("update", false, "write "+golden+" from the original")

// TestAPI checks that this module exports exactly the names of the original, with
// the same types. It lacks only the command, since the library has its own.
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
		t.Errorf("%s lacks %q, want the command of the original in it", golden, command)
	}
	if got != without {
		t.Errorf("the API is\n\n%s\nwant that of the original\n\n%s", got, without)
	}
}

// TestGolden checks that the list agrees with the original.
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
		t.Errorf("the API of the original is\n\n%s\nwant that of %s\n\n%s", got, golden, want)
	}
}

// download returns the directory of the original. It downloads it if the module
// cache does not have it.
func download(t *testing.T) string {
	t.Helper()
	get := exec.Command("go", "mod", "download", "-json", originalPath+"@"+originalVersion)
	get.Dir = t.TempDir() // inside this module, its path means this module
	out, err := get.Output()
	var answer struct{ Dir, Error string }
	if json.Unmarshal(out, &answer) != nil || answer.Dir == "" {
		if os.Getenv("WGTEST_DIFF") == "1" {
			t.Fatalf("go mod download = %v %s, want the original, since WGTEST_DIFF=1 is set", err, answer.Error)
		}
		t.Skipf("needs the original: %v %s", err, answer.Error)
	}
	return answer.Dir
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
