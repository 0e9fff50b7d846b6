package wgcommand

import (
	"bufio"
	"crypto/ecdh"
	"encoding/base64"
	"io"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// keyTextLen is the length of a key in base64.
const keyTextLen = 44

// generate is wg genkey and wg genpsk.
func (c *command) generate(args []string) error {
	if len(args) != 0 {
		return c.misused(noArgs)
	}
	if c.env.OutMode.IsRegular() && c.env.OutMode.Perm()&0o007 != 0 {
		c.say("Warning: writing to world accessible file.\nConsider setting the umask to 077 and trying again.")
	}
	var key secretKey
	var err error
	if c.name == "genkey" {
		key, err = wgtypes.GeneratePrivateKey()
	} else {
		key, err = wgtypes.GeneratePresharedKey()
	}
	if err != nil {
		return message("getrandom: " + because(err))
	}
	c.out.b = append(appendSecret(c.out.b, key), '\n')
	return nil
}

// publicKey is wg pubkey.
func (c *command) publicKey(args []string) error {
	if len(args) != 0 {
		return c.misused(noArgs)
	}
	var text [keyTextLen]byte
	defer clear(text[:])
	malformed := message(c.env.Program + ": Key is not the correct length or format")
	// Beside the key there may be much white space; what its reader holds is at
	// most a byte of more.
	in := bufio.NewReader(c.env.In)
	if _, err := io.ReadFull(in, text[:]); err != nil {
		return malformed
	}
	for {
		b, err := in.ReadByte()
		if err != nil {
			break // whatever it is, wg takes it for the end
		}
		if b != 0 && !isSpace(b) {
			return message(c.env.Program + ": Trailing characters found after key")
		}
	}
	key, err := wgtypes.ParsePrivateKey(string(text[:]))
	if err != nil {
		return malformed
	}
	raw := key.Bytes()
	defer clear(raw[:])
	// NB: not PrivateKey.PublicKey, to which the zero key is none.
	private, err := ecdh.X25519().NewPrivateKey(raw[:])
	if err != nil {
		return malformed
	}
	c.out.b = append(base64.StdEncoding.AppendEncode(c.out.b, private.PublicKey().Bytes()), '\n')
	return nil
}
