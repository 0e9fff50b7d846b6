//go:build linux

package main

import (
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
)

// key returns the key with that number in base64, the same in each run. The kernel
// accepts any 32 bytes as any kind of key.
func key(n int) string {
	b := rawKey(n)
	return base64.StdEncoding.EncodeToString(b[:])
}

// rawKey returns a clamped key, which the kernel does not change.
func rawKey(n int) [32]byte {
	b := sha256.Sum256(fmt.Appendf(nil, "key %d", n))
	b[0] &= 248
	b[31] = b[31]&127 | 64
	return b
}

// publicKey returns the public key of the private key n.
func publicKey(n int) string {
	b := rawKey(n)
	private, err := ecdh.X25519().NewPrivateKey(b[:])
	check(err)
	return base64.StdEncoding.EncodeToString(private.PublicKey().Bytes())
}

// prefixes returns n distinct prefixes. Every third one is IPv4.
func prefixes(n int) string {
	var list []string
	for i := range n {
		hi, lo := byte(i>>8), byte(i)
		if i%3 == 0 {
			list = append(list, fmt.Sprintf("10.%d.%d.0/24", hi, lo))
		} else {
			list = append(list, fmt.Sprintf("2001:db8:%x::/48", i))
		}
	}
	return strings.Join(list, ", ")
}

// A config is a configuration file for wg setconf.
type config struct{ strings.Builder }

func (c *config) device(private, port int) {
	fmt.Fprintf(c, "[Interface]\nPrivateKey = %s\nListenPort = %d\n", key(private), port)
}

// peer adds a peer. allowed may be empty; settings are lines.
func (c *config) peer(n int, allowed string, settings ...string) {
	fmt.Fprintf(c, "\n[Peer]\nPublicKey = %s\n", key(n))
	if allowed != "" {
		fmt.Fprintf(c, "AllowedIPs = %s\n", allowed)
	}
	for _, s := range settings {
		fmt.Fprintln(c, s)
	}
}

func writeFile(name, content string) {
	check(os.WriteFile(name, []byte(content), 0o600))
}
