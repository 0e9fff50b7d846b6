//go:build linux || darwin || freebsd || openbsd

package wireguardgotest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
)

// runTest runs an example as package testing runs a test: examples are given no
// testing.TB, and those of this package show what is done with one.
func runTest(test func(t testing.TB)) {
	t := new(exampleTB)
	var cancel context.CancelFunc
	t.ctx, cancel = context.WithCancel(context.Background())
	defer func() {
		cancel()
		for _, f := range slices.Backward(t.cleanups) {
			f()
		}
		if reason := recover(); reason != nil {
			fmt.Println(reason)
		}
	}()
	test(t)
}

// exampleTB prints why it fails, among the example's output.
type exampleTB struct {
	testing.TB // nil
	ctx        context.Context
	cleanups   []func()
}

func (t *exampleTB) Helper()                           {}
func (t *exampleTB) Context() context.Context          { return t.ctx }
func (t *exampleTB) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *exampleTB) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (t *exampleTB) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (t *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (t *exampleTB) Skipf(format string, args ...any)  { panic(fmt.Sprintf(format, args...)) }
