package main

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPage: the page went through the tunnel, for its server saw an address of it.
func TestPage(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^hello 10\.0\.0\.2:\d+\n$`).MatchString(out.String()) {
		t.Errorf("the page is %q", &out)
	}
}
