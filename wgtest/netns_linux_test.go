package wgtest_test

import (
	"net"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
)

// namespaceOfThread identifies the calling thread's namespace.
func namespaceOfThread(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestNamespaceHasLoopbackAlone(t *testing.T) {
	t.Parallel()
	outside := namespaceOfThread(t)
	wgtest.NetNS(t).Do(t, func() {
		if namespaceOfThread(t) == outside {
			t.Fatal("Do did not enter the namespace")
		}
		links, err := net.Interfaces()
		if err != nil {
			t.Fatal(err)
		}
		if len(links) != 1 || links[0].Name != "lo" || links[0].Flags&net.FlagUp == 0 {
			t.Errorf("interfaces %v, want lo alone, up", links)
		}
	})
	if namespaceOfThread(t) != outside {
		t.Error("the test's own thread is in the namespace")
	}
}

// NB: the process is often seen through its main thread, which the first
// goroutines of a program run on.
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
		t.Errorf("the process moved from %s to %s, %v", before, after, err)
	}
}

// A test may end inside the namespace.
func TestSkipInNamespace(t *testing.T) {
	t.Parallel()
	ns := wgtest.NetNS(t)
	t.Run("skips", func(t *testing.T) {
		defer func() {
			if !t.Skipped() {
				t.Error("the test is not skipped")
			}
		}()
		ns.Do(t, func() { t.SkipNow() })
		t.Error("the test goes on")
	})
}
