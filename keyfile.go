package wgctrl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// LoadOrGenerateKey returns the private key in the file at path. If the file does
// not exist, it generates a key, creates the file with mode 0600 and returns true.
// The file contains the key in the form of wg genkey.
//
// It never overwrites a file. The file appears with its whole content, so that
// programs that start at the same time get the same key. The directory must exist,
// on a file system with hard links.
//
// The error wraps fs.ErrPermission if the file's mode gives others any permission
// or its group the permission to write (except on Windows, which has no such
// modes), and fs.ErrInvalid if it is not a regular file that contains exactly one
// private key other than zero. The text of the error does not contain the key.
func LoadOrGenerateKey(path string) (key wgtypes.PrivateKey, generated bool, err error) {
	key, err = loadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = generateKey(path)
		if generated = err == nil; errors.Is(err, fs.ErrExist) {
			key, err = loadKey(path) // another program created it
		}
	}
	if err != nil {
		return wgtypes.PrivateKey{}, false, fmt.Errorf("wgctrl: load or generate key: %w", err)
	}
	return key, generated, nil
}

func loadKey(path string) (key wgtypes.PrivateKey, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return key, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait
		return key, invalidKeyFile(path, "is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return key, err
	}
	defer f.Close()
	if err := checkMode(f); err != nil {
		return key, err
	}
	const maxSize = 1 << 10
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	defer clear(text)
	if err != nil {
		return key, err
	}
	if err := key.UnmarshalText(bytes.TrimSpace(text)); err != nil || key.IsZero() || len(text) > maxSize {
		return wgtypes.PrivateKey{}, invalidKeyFile(path, "does not contain one private key in base64")
	}
	return key, nil
}

func invalidKeyFile(path, reason string) error {
	return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("%s %s", path, reason))
}

// checkMode returns an fs.ErrPermission if the file's mode gives others any
// permission, or its group the permission to write.
func checkMode(f *os.File) error {
	info, err := f.Stat()
	if err != nil || runtime.GOOS == "windows" {
		return err
	}
	const others, groupWrite = 0o007, 0o020
	if mode := info.Mode().Perm(); mode&(others|groupWrite) != 0 {
		return wginternal.Tag(fs.ErrPermission, fmt.Errorf(
			"%s contains a private key that other users may read or replace (mode %04o); run: chmod 600 %[1]s", f.Name(), mode))
	}
	return nil
}

// generateKey creates the file with a new key. It fails with an fs.ErrExist if
// the file exists.
func generateKey(path string) (key wgtypes.PrivateKey, err error) {
	if key, err = wgtypes.GeneratePrivateKey(); err != nil {
		return key, err
	}
	text, err := key.AppendText(nil)
	if err != nil {
		return key, err
	}
	text = append(text, '\n')
	defer clear(text)
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "." // CreateTemp takes "" for the directory of temporary files
	}
	f, err := os.CreateTemp(dir, "."+name+".*.tmp") // with mode 0600
	if err != nil {
		return key, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return key, err
	}
	return key, os.Link(f.Name(), path) // fails if the file exists, unlike a rename
}
