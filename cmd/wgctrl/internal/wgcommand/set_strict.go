package wgcommand

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgconf"
)

// The settings of set.
var (
	deviceWords = []string{"listen-port", "fwmark", "private-key"}
	peerWords   = []string{"remove", "preshared-key", "endpoint", "persistent-keepalive", "allowed-ips"}
)

// wordError returns the error about the first of the words that set has not parsed
// yet. If Env.Strict is set, it says what is allowed; otherwise it is err, which
// has wg's message. inPeer is whether the words follow a peer.
func (c *command) wordError(words []string, inPeer bool, err error) error {
	if !c.env.Strict {
		return err
	}
	return c.strictError(fmt.Errorf("set: %w", describeWord(words, inPeer, err)))
}

// unknownWord is the error of a word that is unknown, in the wrong place, or without
// its value.
type unknownWord string

func (w unknownWord) Error() string { return "Invalid argument: " + string(w) }

// describeWord says what is wrong with the first word or with its value. err is an
// unknownWord or wg's message about the value.
func describeWord(words []string, inPeer bool, err error) error {
	word := words[0]
	if _, unknown := err.(unknownWord); !unknown {
		return describeValue(word, words[1], err)
	}
	_, isParameter := awgparam.Find(word)
	isDevice, isPeer := isParameter || slices.Contains(deviceWords, word), slices.Contains(peerWords, word)
	switch {
	case isPeer && !inPeer:
		return fmt.Errorf("%q must follow \"peer KEY\"", word)
	case isDevice && inPeer:
		return fmt.Errorf("%q must come before the first peer", word)
	case isDevice || isPeer || word == "peer":
		return fmt.Errorf("missing value after %q", word)
	case strings.HasPrefix(word, "-"):
		return fmt.Errorf("unexpected flag %q: set has no flags, and global flags must come before it", keytext.Hide(word))
	case inPeer:
		return fmt.Errorf("unknown setting %q: must be %s or peer", keytext.Hide(word), strings.Join(peerWords, ", "))
	}
	return fmt.Errorf("unknown setting %q: must be %s or peer, or a parameter of AmneziaWG such as jc", keytext.Hide(word), strings.Join(deviceWords, ", "))
}

// describeValue says what is wrong with the value of a setting, without printing what
// may be a key. err is wg's message or, for an endpoint, a *wgconf.Problem.
func describeValue(word, value string, err error) error {
	if env, ok := errors.AsType[*envError](err); ok {
		return errors.New(firstLower(strings.NewReplacer("`", `"`, "'", `"`).Replace(env.Error())) + ": must be 0 to 2147483647 or infinity")
	}
	if p, ok := awgparam.Find(word); ok && !awgparam.IsKey(p) {
		return fmt.Errorf("%s: %w", word, err)
	}
	invalid := err
	switch word {
	case "peer":
		return fmt.Errorf("invalid peer %q: must be a public key of 44 characters in base64", keytext.Hide(value))
	case "private-key", "preshared-key", "header-protection-key":
		return describeKeyFile(word, value, err)
	case "listen-port":
		_, invalid = wgconf.ParseListenPort(value)
	case "fwmark":
		_, invalid = wgconf.ParseFwMark(value)
	case "persistent-keepalive":
		if strings.Contains(value, "-") {
			return fmt.Errorf("invalid %s %q: must be 0 to 65535 seconds, an ascending range such as 22-30, or off", word, keytext.Hide(value))
		}
		_, invalid = wgconf.ParsePersistentKeepalive(value)
	case "allowed-ips":
		_, _, invalid = wgconf.ParseAllowedIPs(value)
	}
	value = keytext.Hide(value)
	if p, ok := errors.AsType[*wgconf.Problem](invalid); ok {
		if p.Value != "" {
			value = p.Value
		}
		return fmt.Errorf("invalid %s %q: %s", word, value, p.Reason)
	}
	reason, _, _ := strings.Cut(err.Error(), ": `") // the value is at the end
	return fmt.Errorf("%s %q: %s", word, value, firstLower(reason))
}

// checkEndpoint returns a *wgconf.Problem for an endpoint that is an error in a file,
// such as a URL. wg(8) would look it up, and repeat that if the port is a name.
func checkEndpoint(value string) error {
	isSpace := func(r rune) bool { return r <= ' ' || r == 0x7f }
	if value == "" || strings.ContainsFunc(value, isSpace) { // wg(8) ignores white space in files only
		_, err := wgconf.ParseEndpoint(value)
		return err
	}
	_, err := wgconf.Parse("", []byte("[Peer]\nEndpoint = "+value)).Settings(wgconf.DialectWG)
	joined, _ := err.(interface{ Unwrap() []error })
	for _, err := range joined.Unwrap() { // the peer has no public key
		if p, ok := errors.AsType[*wgconf.Problem](err); ok && p.Key == "Endpoint" {
			return p
		}
	}
	return nil
}

// describeKeyFile says what is wrong with a file that should contain a key, without
// printing what may be a key.
func describeKeyFile(word, path string, err error) error {
	if isLikeKey(path) {
		return fmt.Errorf("%s must be a file that contains the key, not the key: every user can see the arguments of a process", word)
	}
	for _, system := range []string{"fopen: ", "getc: "} {
		if reason, ok := strings.CutPrefix(err.Error(), system); ok {
			return fmt.Errorf("%s %q: %s", word, path, firstLower(reason))
		}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s %q: is a directory", word, path)
	}
	return fmt.Errorf("%s %q: file must contain only a key of 44 characters in base64", word, path)
}

// isLikeKey reports whether path is a key in base64 or hexadecimal, or most of one,
// and neither an existing file nor in an existing directory. A key may have slashes.
func isLikeKey(path string) bool {
	if _, err := os.Stat(path); err == nil || keytext.HideLong(path) != keytext.Hidden {
		return false
	}
	dir := filepath.Dir(path)
	_, err := os.Stat(dir)
	return err != nil || dir == "." || dir == filepath.Dir(dir)
}

// firstLower returns one of wg's messages beginning with a lower-case letter.
func firstLower(text string) string {
	return strings.ToLower(text[:min(1, len(text))]) + text[min(1, len(text)):]
}
