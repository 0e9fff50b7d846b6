package nlwire_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestWGSets checks that decoding the requests of wg(8) gives the effect of its command
// line, and that our request for one wg set command has the same attributes.
func TestWGSets(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/wg-set/*.txt")
	if err != nil || len(files) < 12 {
		t.Fatalf("Glob() = %d captures, %v, want at least 12", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			c := readCapture(t, file)
			line := newCommandLine(t, c.comments)
			config := numbered(line.config, c.sent[0])
			want := wginternal.Apply(line.before, config)
			got := line.before
			for _, message := range c.sent {
				_, p := payload(t, message)
				request, err := nltest.DecodeRequest(p)
				if err != nil || !request.Set || request.Name != "wg0" {
					t.Fatalf("DecodeRequest() = %+v, %v, want a set for wg0", request, err)
				}
				got = wginternal.Apply(got, request.Config)
			}
			if diff := cmp.Diff(want, got, equal...); diff != "" {
				t.Errorf("effect of the requests of wg (-want +got):\n%s", diff)
			}
			if line.verb != "set" {
				return // wg adds redundant attributes for other verbs, and may send several messages
			}
			ours := nlwire.AppendSet(nil, nlwire.Header{}, 1, &config, 0)
			if diff := cmp.Diff(attributes(t, c.sent[0]), attributes(t, ours)); diff != "" {
				t.Errorf("attributes of our request (-want +got):\n%s", diff)
			}
		})
	}
}

// numbered replaces the zone lan0 by the number in the request of wg(8).
func numbered(c wgtypes.Config, message []byte) wgtypes.Config {
	for i := range c.Peers {
		p := &c.Peers[i]
		if p.Endpoint.Addr().Zone() == "lan0" {
			scope := message[len(message)-4]
			p.Endpoint = netip.AddrPortFrom(p.Endpoint.Addr().WithZone(strconv.Itoa(int(scope))), p.Endpoint.Port())
		}
	}
	return c
}

// commandLine is decoded from the comments of a capture: the device before, and the
// effect of the command. It supports the part of wg(8)'s grammar that captures use.
type commandLine struct {
	t      *testing.T
	files  map[string]string
	before *wgtypes.Device
	verb   string
	config wgtypes.Config
}

func newCommandLine(t *testing.T, comments []string) *commandLine {
	t.Helper()
	l := &commandLine{t: t, files: map[string]string{"/dev/null": ""}, before: &wgtypes.Device{}}
	for _, comment := range comments {
		switch {
		case strings.HasPrefix(comment, "file "):
			name, content, _ := strings.Cut(comment[len("file "):], ": ")
			l.files[name] = content
		case strings.HasPrefix(comment, "before: wg "):
			l.before = wginternal.Apply(l.before, l.parse(comment[len("before: wg "):]))
		case strings.HasPrefix(comment, "wg "):
			l.config = l.parse(comment[len("wg "):])
		}
	}
	return l
}

// parse returns the change that a command line makes.
func (l *commandLine) parse(line string) (c wgtypes.Config) {
	words := strings.Fields(line)
	l.verb = words[0]
	words = words[2:] // the verb and the device
	if l.verb != "set" {
		c.ReplacePeers = l.verb != "addconf"
		words = l.confWords(l.files[words[0]])
	}
	for len(words) > 0 {
		n := l.option(&c, words)
		words = words[n:]
	}
	return c
}

// confWords converts a configuration file to the arguments of wg set.
func (l *commandLine) confWords(name string) (words []string) {
	text, err := os.ReadFile(filepath.Join("testdata", "wg-set", name))
	if err != nil {
		l.t.Fatal(err)
	}
	options := map[string]string{
		"PrivateKey": "private-key", "ListenPort": "listen-port", "FwMark": "fwmark", "PublicKey": "peer",
		"PresharedKey": "preshared-key", "Endpoint": "endpoint", "AllowedIPs": "allowed-ips", "PersistentKeepalive": "persistent-keepalive",
	}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), "=")
		if ok {
			words = append(words, options[key], value)
			l.files[value] = value // the file contains the key itself
		}
	}
	return words
}

// option applies the first option in words to c, and returns its number of words.
func (l *commandLine) option(c *wgtypes.Config, words []string) int {
	if words[0] == "remove" {
		last(c).Remove = true
		return 1
	}
	value := words[1]
	switch words[0] {
	case "listen-port":
		c.ListenPort = new(uint16(l.number(value)))
	case "fwmark":
		c.FirewallMark = new(uint32(l.number(value)))
	case "private-key":
		c.PrivateKey = new(wgtypes.NewPrivateKey(l.key(value)))
	case "peer":
		c.Peers = append(c.Peers, wgtypes.PeerConfig{PublicKey: l.publicKey(value)})
		last(c).ReplaceAllowedIPs = l.verb != "set"
	case "preshared-key":
		last(c).PresharedKey = new(wgtypes.NewPresharedKey(l.key(value)))
	case "endpoint":
		last(c).Endpoint = netip.MustParseAddrPort(value)
	case "persistent-keepalive":
		last(c).PersistentKeepalive = new(time.Duration(l.number(value)) * time.Second)
	case "allowed-ips":
		last(c).ReplaceAllowedIPs = true
		for prefix := range strings.SplitSeq(strings.Trim(value, `"`), ",") {
			if prefix != "" {
				last(c).AllowedIPs = append(last(c).AllowedIPs, netip.MustParsePrefix(prefix))
			}
		}
	default:
		l.t.Fatalf("word %q, want one of wg set", words[0])
	}
	return 2
}

func last(c *wgtypes.Config) *wgtypes.PeerConfig { return &c.Peers[len(c.Peers)-1] }

func (l *commandLine) number(s string) uint64 {
	if s == "off" {
		return 0
	}
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

// key returns the key in a file, or zero if the file is empty.
func (l *commandLine) key(file string) [32]byte {
	if l.files[file] == "" {
		return [32]byte{}
	}
	return l.publicKey(l.files[file])
}

func (l *commandLine) publicKey(text string) wgtypes.PublicKey {
	k, err := wgtypes.ParsePublicKey(text)
	if err != nil {
		l.t.Fatal(err)
	}
	return k
}
