package cli

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The severities of problems.
const (
	severityError   = "error"
	severityWarning = "warning"
)

// checkProblem is a problem that check finds, in the form of check --json.
type checkProblem struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"` // 0 for the whole file
	Severity string `json:"severity"`
	Section  string `json:"section,omitempty"`
	Key      string `json:"key,omitempty"`
	Message  string `json:"message"`
}

func (p checkProblem) String() string {
	place := p.File
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Severity == severityWarning {
		place += ": warning"
	}
	return termtext.Clean(place + ": " + p.Message)
}

// problemOf returns a problem of package wgconf.
func problemOf(p *wgconf.Problem) checkProblem {
	found := checkProblem{File: p.File, Line: p.Line, Severity: severityError, Section: p.Section, Key: p.Key}
	if p.Warning {
		found.Severity = severityWarning
	}
	alone := *p // without its place
	alone.File, alone.Line = "", 0
	found.Message = strings.TrimPrefix(alone.Error(), "warning: ")
	return found
}

// findProblems returns the problems of a file. keys has the keys of earlier files.
func findProblems(in io.Reader, path string, dialect wgconf.Dialect, keys ownKeys) (found []checkProblem, err error) {
	f, err := readConf(in, path)
	if err != nil {
		return nil, err
	}
	if p, ok := exposed(path); ok {
		found = append(found, p)
	}
	if isKey(f) {
		return found, nil
	}
	for _, p := range f.Check(dialect) {
		found = append(found, problemOf(p))
	}
	if p, ok := keys.shared(path, f); ok {
		found = append(found, p)
	}
	return found, nil
}

// isKey reports whether f contains only a key, as genkey prints it.
func isKey(f *wgconf.File) bool {
	key := ""
	for line := range f.Lines(wgconf.DialectWG) {
		switch text := strings.TrimSpace(line.Text()); {
		case text == "":
		case key != "":
			return false
		default:
			key = text
		}
	}
	_, err := wgtypes.ParsePrivateKey(key)
	return err == nil
}

// ownKeys are the private keys of the files so far, by their public keys.
type ownKeys map[wgtypes.PublicKey]string

// shared returns a warning about a file with the private key of an earlier one: peers
// send their packets to whichever of the two interfaces they last heard from. It ignores
// a file that is given twice.
func (k ownKeys) shared(path string, f *wgconf.File) (p checkProblem, ok bool) {
	key, line := ownKey(f)
	if key.IsZero() {
		return p, false
	}
	other, ok := k[key]
	if !ok {
		k[key] = path
		return p, false
	}
	p = checkProblem{
		File: confName(path), Line: line, Severity: severityWarning, Section: "Interface", Key: "PrivateKey",
		Message: fmt.Sprintf("PrivateKey: %s has the same key: peers reach only one of the two interfaces", confName(other)),
	}
	return p, !isSameFile(path, other)
}

// ownKey returns the public key of the private key in f, and the number of its
// line. It returns the zero key if f has none.
func ownKey(f *wgconf.File) (key wgtypes.PublicKey, number int) {
	for line := range f.Lines(wgconf.DialectWG) {
		if line.Key != "PrivateKey" {
			continue
		}
		if private, err := wgtypes.ParsePrivateKey(line.Value()); err == nil && !private.IsZero() {
			key, number = private.PublicKey(), line.Number
		}
	}
	return key, number
}

// isSameFile reports whether two paths are those of one file.
func isSameFile(a, b string) bool {
	if a == b {
		return true
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// exposed returns a warning about a file that everyone can access.
func exposed(path string) (p checkProblem, ok bool) {
	if path == "-" || runtime.GOOS == "windows" { // Windows has no such modes
		return p, false
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o007 == 0 {
		return p, false
	}
	return checkProblem{File: path, Severity: severityWarning, Message: fmt.Sprintf(
		"file is accessible to everyone (mode %04o) and may contain private keys; run: chmod 600 %s", info.Mode().Perm(), termtext.Argument(path))}, true
}
