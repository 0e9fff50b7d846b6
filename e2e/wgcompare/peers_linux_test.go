package wgcompare

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// writePeers is the script command "peers N FILE". It writes a configuration with
// N peers that have every setting, but only a few have a keepalive, since a device
// computes a handshake for each of those. The device has no private key.
func writePeers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("peers %q, want peers NUMBER FILE", args)
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	b.WriteString("[Interface]\nListenPort = 51820\nFwMark = 0x10\n")
	for i := range n {
		fmt.Fprintf(&b, "\n[Peer]\nPublicKey = %s\nPresharedKey = %s\nEndpoint = 192.0.2.%d:%d\n",
			keyOf("peer", i), keyOf("preshared", i), i%256, 1024+i%60000)
		if i%100 == 0 {
			fmt.Fprintf(&b, "PersistentKeepalive = %d\n", i%65536)
		}
		fmt.Fprintf(&b, "AllowedIPs = 10.%d.%d.%d/32, 2001:db8:%x::/64\n", i>>16&255, i>>8&255, i&255, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// writePrefixes is the script command "prefixes N FILE". It writes a configuration
// with one peer, which has about twice N allowed IPs.
func writePrefixes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("prefixes %q, want prefixes NUMBER FILE", args)
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	fmt.Fprintf(&b, "[Interface]\nListenPort = 51820\n\n[Peer]\nPublicKey = %s\nAllowedIPs = 10.0.0.0/32", keyOf("peer", 0))
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, ", 10.%d.%d.%d/32, 2001:db8:%x::/64", i>>16&255, i>>8&255, i&255, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

func keyOf(what string, i int) string {
	k := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, i))
	return base64.StdEncoding.EncodeToString(k[:])
}
