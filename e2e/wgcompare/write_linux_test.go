package wgcompare

import (
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// write is the script's command "write FILE 'TEXT'": a file with the bytes that
// TEXT would have in Go between double quotes. The files at a script's end can
// have neither all bytes nor a last line without its end.
func write(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: write file text")
	}
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
