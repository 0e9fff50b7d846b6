//go:build linux || darwin || freebsd || openbsd || windows

package main

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPage checks that the page comes through the tunnel: its server saw an address
// of the tunnel.
func TestPage(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^hello 10\.0\.0\.2:\d+\n$`).MatchString(out.String()) {
		t.Errorf("run() printed %q, want %q with a port", &out, "hello 10.0.0.2:")
	}
}
