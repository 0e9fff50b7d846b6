package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// command is a command in a document, with its comment.
type command struct {
	document string
	line     int
	text     string
}

// bare returns the command without its comment and with single spaces.
func (c command) bare() string {
	bare, _, _ := strings.Cut(c.text, " # ")
	return strings.Join(strings.Fields(bare), " ")
}

// commandsOf returns the commands of a document: the lines of sh blocks and of
// indented blocks that are not in texts. A backslash continues a line.
func commandsOf(d document) (all []command) {
	for _, b := range d.blocks {
		if b.language != "sh" && (b.language != indented || isText(d, b)) {
			continue
		}
		goesOn := false
		for i, line := range b.lines {
			switch {
			case goesOn:
				all[len(all)-1].text += "\n" + line
			case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
				all = append(all, command{d.name, b.line + i, line})
			}
			goesOn = strings.HasSuffix(line, `\`)
		}
	}
	return all
}

// TestCommands runs each command of each document. Commands in elsewhere run in
// another test; for commands in notRun, a shell only checks the syntax.
func TestCommands(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil || !wireguardgo.Supported {
		t.Skipf("this test needs bash and wireguard-go: %v", err)
	}
	used := make(map[string]bool)
	for _, d := range documents(t) {
		var here []command
		for _, b := range d.blocks {
			used[d.name+": "+b.lines[0]] = true
		}
		for _, c := range commandsOf(d) {
			used[c.bare()] = true
			switch {
			case elsewhere[c.bare()] != "":
				runsElsewhere(t, c)
			case slices.Contains(kernelCommands, c.bare()):
				// TestKernelCommands runs it.
			case notRun[c.bare()] != "":
				shell(t, t.TempDir(), "-n", c.text)
			default:
				here = append(here, c)
			}
		}
		if len(here) > 0 {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				run(t, here)
			})
		}
	}
	for _, list := range [][]string{keys(elsewhere), keys(notRun), kernelCommands, texts} {
		for _, c := range list {
			if !used[c] {
				t.Errorf("documents do not have %q, want only commands and texts that they have", c)
			}
		}
	}
}

// isText reports whether an indented block is in texts. A block that is not there
// is run as commands.
func isText(d document, b block) bool { return slices.Contains(texts, d.name+": "+b.lines[0]) }

func keys(m map[string]string) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}

// runsElsewhere checks that the file in elsewhere has the command.
func runsElsewhere(t *testing.T, c command) {
	t.Helper()
	file, what, _ := strings.Cut(elsewhere[c.bare()], ": ")
	if what == "" {
		what = c.bare()
	}
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil || !strings.Contains(string(text), what) {
		t.Errorf("%s:%d: %s, error %v, does not have %q, want a file that runs it", c.document, c.line, file, err, what)
	}
}

// run runs commands one after the other in a directory with the files that they
// name.
func run(t *testing.T, commands []command) {
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
			text = "(cd '" + checkout + "' && " + c.bare() + ")"
		}
		fmt.Fprintf(&script, "echo '%s:%d' >&2\n%s\n", c.document, c.line, text)
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
