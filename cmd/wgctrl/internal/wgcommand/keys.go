package wgcommand

import (
	"bufio"
	"crypto/ecdh"
	"encoding/base64"
	"io"
	"os"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// keyTextLen is the length of a key in base64.
const keyTextLen = 44

// generate runs wg genkey and wg genpsk.
func (c *command) generate(args []string) error {
	if len(args) != 0 {
		return c.usageError(noArgs)
	}
	if c.env.OutMode.IsRegular() && c.env.OutMode.Perm()&0o007 != 0 {
		c.writeMessage("Warning: writing to world accessible file.\nConsider setting the umask to 077 and trying again.")
	}
	var key secretKey
	var err error
	if c.name == "genkey" {
		key, err = wgtypes.GeneratePrivateKey()
	} else {
		key, err = wgtypes.GeneratePresharedKey()
	}
	if err != nil {
		return message("getrandom: " + fileReason(err))
	}
	c.out.b = append(appendSecret(c.out.b, key), '\n')
	return nil
}

// publicKey runs wg pubkey.
func (c *command) publicKey(args []string) error {
	if len(args) != 0 {
		return c.usageError(noArgs)
	}
	var text [keyTextLen]byte
	defer clear(text[:])
	malformed := message(c.env.Program + ": Key is not the correct length or format")
	// Read without a buffer, which would keep the key in memory.
	if _, err := io.ReadFull(c.env.In, text[:]); err != nil {
		return malformed
	}
	in := bufio.NewReader(c.env.In)
	for {
		b, err := in.ReadByte()
		if err != nil {
			break // wg treats every error as the end
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
	// PrivateKey.PublicKey returns no key for the zero key; wg computes one.
	private, err := ecdh.X25519().NewPrivateKey(raw[:])
	if err != nil {
		return malformed
	}
	c.out.b = append(base64.StdEncoding.AppendEncode(c.out.b, private.PublicKey().Bytes()), '\n')
	return nil
}

// rawKey is a secret key's bytes.
type rawKey = [wgtypes.KeyLen]byte

// readKeyFile reads a file with a key in base64, followed by optional white space.
// An empty file is the zero key, which removes the key of the device or peer. An
// empty pipe is an error, as in wg, which uses ftell(3).
func (c *command) readKeyFile(path string) (rawKey, error) {
	if c.isClosed(path) {
		return rawKey{}, noInput()
	}
	file, err := os.Open(path)
	if err != nil {
		return rawKey{}, message("fopen: " + fileReason(err))
	}
	defer file.Close()
	return readKey(file, isSeekable(file))
}

// readKey reads a key in base64, followed by optional white space. If emptyIsZero
// is set, nothing is the zero key.
func readKey(in io.Reader, emptyIsZero bool) (rawKey, error) {
	var text [keyTextLen]byte
	defer clear(text[:])
	// Read without a buffer, which would keep the key in memory.
	switch _, err := io.ReadFull(in, text[:]); {
	case err == io.EOF && emptyIsZero:
		return rawKey{}, nil
	case err != nil:
		return rawKey{}, message("Invalid length key in key file")
	}
	if err := onlySpace(bufio.NewReader(in)); err != nil {
		return rawKey{}, err
	}
	return parseSecret(string(text[:]))
}

func isSeekable(file *os.File) bool {
	_, err := file.Seek(0, io.SeekCurrent)
	return err == nil
}

// onlySpace returns an error if in has anything but white space. The error does not
// quote it, because it may belong to the key.
func onlySpace(in *bufio.Reader) error {
	for {
		b, err := in.ReadByte()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return message("getc: " + fileReason(err))
		case !isSpace(b):
			return message("Found trailing character in key file: `" + keytext.Hidden + "'")
		}
	}
}

// parseSecret parses a private or preshared key. The error does not quote it.
func parseSecret(text string) (rawKey, error) {
	key, err := wgtypes.ParsePrivateKey(text)
	if err != nil {
		return rawKey{}, message("Key is not the correct length or format: `" + keytext.Hidden + "'")
	}
	return key.Bytes(), nil
}
