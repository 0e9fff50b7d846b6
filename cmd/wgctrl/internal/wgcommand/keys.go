package wgcommand

import (
	"bufio"
	"crypto/ecdh"
	"encoding/base64"
	"io"
	"os"

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

// rawKey is a secret key's bytes.
type rawKey = [wgtypes.KeyLen]byte

// readKeyFile reads a file with a key in base64, and white space behind it. An
// empty file is the zero key, which clears. NB: an empty pipe is none, since wg
// asks where in the file it is.
func (c *command) readKeyFile(path string) (rawKey, error) {
	if c.isClosed(path) {
		return rawKey{}, errNoInput
	}
	file, err := os.Open(path)
	if err != nil {
		return rawKey{}, message("fopen: " + because(err))
	}
	defer file.Close()
	var text [keyTextLen]byte
	defer clear(text[:])
	in := bufio.NewReader(file)
	switch _, err := io.ReadFull(in, text[:]); {
	case err == io.EOF && isSeekable(file):
		return rawKey{}, nil
	case err != nil:
		return rawKey{}, message("Invalid length key in key file")
	}
	if err := onlySpace(in); err != nil {
		return rawKey{}, err
	}
	return parseSecret(string(text[:]))
}

func isSeekable(file *os.File) bool {
	_, err := file.Seek(0, io.SeekCurrent)
	return err == nil
}

// onlySpace reads to the end. What it does not like may belong to the key.
func onlySpace(in *bufio.Reader) error {
	for {
		b, err := in.ReadByte()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return message("getc: " + because(err))
		case !isSpace(b):
			return message("Found trailing character in key file: `" + hidden + "'")
		}
	}
}

// parseSecret reads a key, which it does not repeat where it is malformed.
func parseSecret(text string) (rawKey, error) {
	key, err := wgtypes.ParsePrivateKey(text)
	if err != nil {
		return rawKey{}, message("Key is not the correct length or format: `" + hidden + "'")
	}
	return key.Bytes(), nil
}
