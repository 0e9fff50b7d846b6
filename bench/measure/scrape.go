//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/bench/record"
)

const (
	exporterAddress = "127.0.0.1:9586"
	exporterURL     = "http://" + exporterAddress + "/metrics"
	// exporterPatience is how long an exporter may take until it listens.
	exporterPatience = time.Minute
)

// scrape starts an exporter and returns the costs of one scrape without compression.
// The scrape before it, which is not measured, fills caches. The memory is the whole
// resident memory.
func (r *runner) scrape(t task) (*record.Measurement, error) {
	if err := enableLoopback(); err != nil {
		return nil, err
	}
	args := r.command(t)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	for end := time.Now().Add(exporterPatience); ; {
		_, err := get()
		if err == nil {
			break
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%v: %w", args, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return scrapeOnce(t, cmd.Process.Pid)
}

func scrapeOnce(t task, pid int) (*record.Measurement, error) {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	if err := os.WriteFile(filepath.Join(proc, "clear_refs"), []byte("5"), 0); err != nil { // resets VmHWM
		return nil, err
	}
	before, err := threadTime(proc)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	series, err := get()
	if err != nil {
		return nil, err
	}
	m := &record.Measurement{Work: t.work, Who: t.who, Size: t.size, Wall: time.Since(start), System: -1, Allocations: -1, Allocated: -1, Messages: -1}
	after, err := threadTime(proc)
	if err != nil {
		return nil, err
	}
	if series != t.size.Peers {
		return nil, fmt.Errorf("a scrape by %s has %d peers, want %d", t.who, series, t.size.Peers)
	}
	m.CPU = after - before
	m.Growth, err = sizeIn(filepath.Join(proc, "status"), "VmHWM")
	return m, err
}

// get returns the number of peers that a scrape contains. It must not use another
// goroutine, which could be in another network namespace.
func get() (peers int, err error) {
	c, err := net.Dial("tcp", exporterAddress)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	request, err := http.NewRequest(http.MethodGet, exporterURL, nil)
	if err != nil {
		return 0, err
	}
	if err := request.Write(c); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(bufio.NewReader(c), request)
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, firstLine(body))
	}
	return bytes.Count(body, []byte("\nwireguard_peer_receive_bytes_total{")), err
}

// threadTime returns the processor time of the threads of a process.
func threadTime(proc string) (sum time.Duration, err error) {
	files, err := filepath.Glob(filepath.Join(proc, "task/*/schedstat"))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		var ran time.Duration
		if _, err := fmt.Sscan(string(b), &ran); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		sum += ran
	}
	return sum, nil
}

// enableLoopback enables the loopback link of the network namespace.
func enableLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	link, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	link.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, link); err != nil {
		return fmt.Errorf("enabling lo: %w", err)
	}
	return nil
}
