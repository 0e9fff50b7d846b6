package saved

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrChanged means that the file changed since the interface came up.
var ErrChanged = errors.New("the file changed since the interface came up: reload the interface first")

// Sum returns a digest of the text of a file, for Replace.
func Sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Replace replaces the text of the file at path. After an error or a crash the file
// has the old or the new text, never a part. The new file has mode 0600 and the owner
// of the old one. If path is a symbolic link, the link stays.
//
// If sum is not empty and not that of the file's text, the error wraps ErrChanged. If
// the file does not exist, Replace creates it.
func Replace(path, sum string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	old, err := os.Stat(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err == nil && !old.Mode().IsRegular() {
		return fmt.Errorf("replace %s: not a regular file", path)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".wgctrl-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("replace %s: %w", path, err)
	}
	err = write(tmp, old, text)
	if err == nil {
		err = checkSum(path, sum)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("replace %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// write writes the text to tmp and closes it. old is the file whose owner it gets, or
// nil.
func write(tmp *os.File, old os.FileInfo, text []byte) error {
	_, err := tmp.Write(text)
	if err == nil && old != nil {
		err = copyOwner(tmp, old)
	}
	if err == nil {
		err = tmp.Sync()
	}
	return errors.Join(err, tmp.Close())
}

// checkSum returns ErrChanged unless the file has the sum.
func checkSum(path, sum string) error {
	if sum == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if Sum(text) != sum {
		return ErrChanged
	}
	return nil
}
