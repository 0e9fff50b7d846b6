package wgtest_test

import (
	"net"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
)

// namespaceOfThread returns the identity of the calling thread's namespace.
func namespaceOfThread(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestNamespaceHasOnlyLoopback(t *testing.T) {
	t.Parallel()
	outside := namespaceOfThread(t)
	wgtest.NetNS(t).Do(t, func() {
		if namespaceOfThread(t) == outside {
			t.Fatalf("Do runs in the namespace %s, want a new one", outside)
		}
		links, err := net.Interfaces()
		if err != nil {
			t.Fatal(err)
		}
		if len(links) != 1 || links[0].Name != "lo" || links[0].Flags&net.FlagUp == 0 {
			t.Errorf("Interfaces() = %v, want only lo, up", links)
		}
	})
	if got := namespaceOfThread(t); got != outside {
		t.Errorf("after Do the thread is in the namespace %s, want %s", got, outside)
	}
}

// TestMainThreadStays checks that Do does not change the namespace of the main
// thread. /proc/PID shows the main thread as the process.
func TestMainThreadStays(t *testing.T) {
	t.Parallel()
	before, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		wgtest.NetNS(t).Do(t, func() {})
	}
	if after, err := os.Readlink("/proc/self/ns/net"); err != nil || after != before {
		t.Errorf("the namespace of the process is %s, %v, want %s", after, err, before)
	}
}

// TestSkipInNamespace checks that a test can end inside Do.
func TestSkipInNamespace(t *testing.T) {
	t.Parallel()
	ns := wgtest.NetNS(t)
	t.Run("skips", func(t *testing.T) {
		defer func() {
			if !t.Skipped() {
				t.Error("Skipped() = false, want true")
			}
		}()
		ns.Do(t, func() { t.SkipNow() })
		t.Error("Do returned after SkipNow, want the end of the test")
	})
}
