package wgcompare

import (
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// write is the script command "write FILE 'TEXT'". It writes the bytes of TEXT,
// which may have the escapes of a Go string. The files at the end of a script can
// have neither all bytes nor a last line without a line end.
func write(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("write %q, want write FILE TEXT", args)
	}
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
