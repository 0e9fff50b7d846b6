package release

import (
	"runtime"
	"strings"
	"testing"
)

// TestVersion checks the version of a release and of another build.
func TestVersion(t *testing.T) {
	suffix := " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	if got := Version(); !strings.HasSuffix(got, suffix) || got == suffix || strings.HasPrefix(got, " ") {
		t.Errorf("Version() = %q, want some version and suffix %q", got, suffix)
	}
	defer func(before string) { number = before }(number)
	number = "v1.2.3"
	if got, want := Version(), "v1.2.3"+suffix; got != want {
		t.Errorf("Version() of a release = %q, want %q", got, want)
	}
}
