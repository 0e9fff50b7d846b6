package wgcommand

import (
	"bufio"
	"io"
	"os"

	"github.com/wgctrl/wgctrl/wgtypes"
)

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
