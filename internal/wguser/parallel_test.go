//go:build unix

package wguser_test

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// BenchmarkParallelReads reads devices through one Client, each by a goroutine of its
// own. An operation is one reading, so the time of an operation falls with the number
// of goroutines up to the number of processors. The processor time, which includes that
// of the daemons, stays: it would rise if the goroutines waited for a lock. Other
// processes do not change it much.
func BenchmarkParallelReads(b *testing.B) {
	const devices, peers = 8, 1000
	dir := tempDir(b)
	text := uapi.AppendDevice(nil, wginternal.Apply(&wgtypes.Device{}, manyPeers(peers)))
	for i := range devices {
		listen(b, dir, fmt.Sprintf("wg%d", i), func(c net.Conn) {
			testutil.ServeRequests(c, func(string) ([]byte, bool) { return text, true })
		})
	}
	c, err := wgctrl.New(wgctrl.WithSocketDirs(dir), wgctrl.WithBackends(wgtypes.KindUserspace))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	for _, readers := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprintf("%d", readers), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var begun atomic.Int64
			before := processorTime(b)
			var running sync.WaitGroup
			for i := range readers {
				name := fmt.Sprintf("wg%d", i)
				running.Go(func() {
					for begun.Add(1) <= int64(b.N) {
						if d, err := c.Device(b.Context(), name); err != nil || len(d.Peers) != peers {
							b.Errorf("Device(%q) = %v, %v, want %d peers", name, d, err, peers)
							return
						}
					}
				})
			}
			running.Wait()
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// processorTime returns the processor time of this process.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
