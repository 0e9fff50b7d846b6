package testutil

import (
	"context"
	"fmt"
	"slices"
	"testing"
)

// RunExample runs the body of an example with a testing.TB, which package testing
// does not give to examples. The context of t ends and the functions of t.Cleanup
// run when test returns. A failure or a skip is printed, so that it differs from
// the expected output of the example.
func RunExample(test func(t testing.TB)) {
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

// exampleTB implements the methods of testing.TB that examples use.
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
