package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// command is a command in a block, with its comment.
type command struct {
	line int
	text string
}

// commandsOf returns the commands of a block of sh. A backslash continues a line.
func commandsOf(b block) (all []command) {
	if b.language != "sh" {
		return nil
	}
	goesOn := false
	for i, line := range b.lines {
		switch {
		case goesOn:
			all[len(all)-1].text += "\n" + line
		case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
			all = append(all, command{b.line + i, line})
		}
		goesOn = strings.HasSuffix(line, `\`)
	}
	return all
}

// TestCommands runs the commands of each document, except for blocks with a note: a
// shell checks the syntax of those that are not run.
func TestCommands(t *testing.T) {
	t.Parallel()
	needs(t, "bash", "")
	needs(t, "jq", "WGTEST_JQ")
	if !wireguardgo.Supported {
		t.Skip("needs wireguard-go")
	}
	ran := 0
	for _, d := range documents(t) {
		var here []command
		for _, b := range d.blocks {
			switch commands := commandsOf(b); {
			case b.note == "":
				if strings.Contains(b.text(), "go test") {
					t.Fatalf("%s:%d: runs go test, which may run this test, want the note that it is not run", d.name, b.line)
				}
				here = append(here, commands...)
			case strings.HasPrefix(b.note, "not run: "):
				for _, c := range commands {
					shell(t, t.TempDir(), "-n", c.text)
				}
			}
		}
		ran += len(here)
		if len(here) > 0 {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				run(t, d.name, here)
			})
		}
	}
	if ran < 20 {
		t.Errorf("ran %d commands, want at least 20", ran)
	}
}

// kernelCommands are the blocks with the note kernel. TestKernelCommands runs them,
// also in virtual machines, which have no documents.
const kernelCommands = `wgctrl add wg0
(umask 077 && wgctrl genkey >wg0.key)
wgctrl set wg0 private-key wg0.key listen-port 51820
ip addr add 10.0.0.1/24 dev wg0
ip link set wg0 up
wgctrl add wg1 --up
wgctrl del wg1
wgctrl --netns lab add wg9
wgctrl --netns lab show
`

// TestKernelBlocks compares kernelCommands with the documents.
func TestKernelBlocks(t *testing.T) {
	t.Parallel()
	var blocks strings.Builder
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if b.note == "kernel" {
				blocks.WriteString(b.text())
			}
		}
	}
	if blocks.String() != kernelCommands {
		t.Errorf("the blocks with the note kernel are\n%s\nwant kernelCommands\n%s", blocks.String(), kernelCommands)
	}
}

// needs skips a test without the program, or fails it if the variable is 1.
func needs(t *testing.T, program, variable string) {
	t.Helper()
	_, err := exec.LookPath(program)
	if err != nil && variable != "" && os.Getenv(variable) == "1" {
		t.Fatalf("%s=1 and LookPath(%q) = %v, want the program", variable, program, err)
	}
	if err != nil {
		t.Skip(err)
	}
}

// run runs commands one after the other in a directory with the files that they
// name.
func run(t *testing.T, document string, commands []command) {
	t.Helper()
	dir := t.TempDir()
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, c := range commands {
		text := c.text
		if strings.HasPrefix(text, "go ") { // needs the source tree
			bare, _, _ := strings.Cut(text, " # ")
			text = "(cd '" + checkout + "' && " + bare + ")"
		}
		fmt.Fprintf(&script, "echo '%s:%d' >&2\n%s\n", document, c.line, text)
	}
	makeWorld(t, dir)
	// Replace the directories of the machine by those of the test.
	own := strings.NewReplacer("/etc/wireguard", dir+"/etc", "/usr/local/bin", dir+"/bin", "/run/wireguard", dir+"/run", " /tmp", " "+dir)
	shell(t, dir, "-s", own.Replace(script.String()), socketsVariable+"="+sockets(t))
}

// shell runs a script with bash.
func shell(t *testing.T, dir, option, script string, environment ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", option)
	cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(script), append(os.Environ(), environment...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("bash %s = %v, want success\n%s\n%s", option, err, script, out)
	}
}

// sockets returns a folder with the sockets of wg0 and wg1.
func sockets(t *testing.T) string {
	t.Helper()
	dir := wgtest.SocketDir(t)
	for _, name := range []string{"wg0", "wg1"} {
		d, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: dir, Bind: wireguardgo.Offline()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
	}
	return dir
}

const exampleConf = `[Interface]
Address = 10.8.0.1/24
PrivateKey = iOzV08cn4aPF1PYzBvPqmVvMxgGQZ4XZr2xN6mJRQEI=
ListenPort = 51820

[Peer]
PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
Endpoint = 192.0.2.1:51820
AllowedIPs = 10.0.0.0/24
`

// makeWorld writes the files that commands use.
func makeWorld(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"etc", "bin"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"wg0.conf", "etc/wg0.conf"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(exampleConf), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
