package testutil_test

import (
	"fmt"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

func ExampleRunExample() {
	testutil.RunExample(func(t testing.TB) {
		t.Cleanup(func() { fmt.Println("last") })
		t.Cleanup(func() { fmt.Println("context:", t.Context().Err()) })
		t.Errorf("got %d, want %d", 1, 2)
		t.Fatalf("got %d, want %d", 3, 4)
		fmt.Println("not printed")
	})
	// Output:
	// got 1, want 2
	// context: context canceled
	// last
	// got 3, want 4
}
