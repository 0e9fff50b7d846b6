//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// task is a work that a contestant does on a device.
type task struct {
	work, who string
	size      workload.Size
	device    string
}

// job is a task that has been prepared. Only op is measured, once. check then
// returns an error if the work was not done.
type job struct {
	op    func() error
	check func() error
	// messages is the number of messages sent and received, or -1 if it is unknown.
	messages func() int
}

// jobs prepare the tasks of the contestants that are libraries.
var jobs = map[string]map[string]func(task) (job, error){
	record.Read:        {record.Limit: drainDump, record.Wgctrl: readOurs, record.WgctrlGo: readWgctrlGo},
	record.Poll:        {record.Limit: drainDumps, record.Wgctrl: pollOurs, record.WgctrlGo: pollWgctrlGo},
	record.Watch:       {record.Limit: drainDumps, record.Wgctrl: watchOurs},
	record.Stream:      {record.Limit: drainDump, record.Wgctrl: streamOurs},
	record.Write:       {record.Limit: sendEncoded, record.Wgctrl: writeOurs, record.WgctrlGo: writeWgctrlGo},
	record.Change:      {record.Limit: sendEncoded, record.Wgctrl: writeOurs, record.WgctrlGo: writeWgctrlGo},
	record.List:        {record.Limit: drainLinks, record.Wgctrl: listOurs, record.WgctrlGo: listWgctrlGo},
	record.Devices:     {record.Limit: drainDevices, record.Wgctrl: devicesOurs, record.WgctrlGo: devicesWgctrlGo},
	record.SocketRead:  {record.Limit: decodeText, record.Wgctrl: readOurs, record.WgctrlGo: readWgctrlGo},
	record.SocketStrm:  {record.Limit: decodeText, record.Wgctrl: streamOurs},
	record.Diff:        {record.Wgctrl: diffOurs},
	record.ParseFile:   {record.Wgctrl: parseOurs},
	record.SocketWrite: {record.Limit: formatText, record.Wgctrl: writeOurs, record.WgctrlGo: writeWgctrlGo},
}

func (t task) prepare() (job, error) {
	prepare := jobs[t.work][t.who]
	if prepare == nil {
		return job{}, fmt.Errorf("contestant %q does not do work %q", t.who, t.work)
	}
	return prepare(t)
}

func (t task) args() []string { return []string{t.work, t.who, t.size.String(), t.device} }

func parseTask(args []string) (t task, err error) {
	if len(args) != 4 {
		return t, fmt.Errorf("invalid task %q: must be WORK WHO SIZE DEVICE", args)
	}
	t = task{work: args[0], who: args[1], device: args[3]}
	t.size, err = workload.ParseSize(args[2])
	return t, err
}

// config returns the configuration to write. A change keeps the existing peers.
func (t task) config() wgtypes.Config {
	c := t.size.Config()
	c.ReplacePeers = t.work != record.Change
	return c
}

// counted returns a check of the number of peers and prefixes that were read.
func (t task) counted(peers, prefixes *int) func() error {
	return func() error {
		want := max(t.size.Devices, 1) * t.size.Peers
		if *peers != want || *prefixes != want*t.size.Prefixes {
			return fmt.Errorf("%s of %s returned %d peers with %d prefixes", t.work, t.size, *peers, *prefixes)
		}
		return nil
	}
}

// childCommand does one task in a separate process and writes its costs.
const childCommand = "child"

func child(args []string) error {
	t, err := parseTask(args)
	if err != nil {
		return err
	}
	j, err := t.prepare()
	if err != nil {
		return fmt.Errorf("preparing: %w", err)
	}
	m, err := measured(j.op)
	if err != nil {
		return err
	}
	if err := j.check(); err != nil {
		return err
	}
	m.Work, m.Who, m.Size, m.Messages = t.work, t.who, t.size, -1
	if j.messages != nil {
		m.Messages = int64(j.messages())
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// measured runs op and returns its costs. It first frees the garbage and the memory
// of the preparation, so that op runs like in a new process.
func measured(op func() error) (m record.Measurement, err error) {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets VmHWM
		return m, err
	}
	resident, err := status("VmRSS")
	if err != nil {
		return m, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	user, system, err := cpuTime()
	if err != nil {
		return m, err
	}
	start := time.Now()
	if err := op(); err != nil {
		return m, err
	}
	m.Wall = time.Since(start)
	userAfter, systemAfter, err := cpuTime()
	if err != nil {
		return m, err
	}
	runtime.ReadMemStats(&after)
	peak, err := status("VmHWM")
	m.CPU, m.System = userAfter+systemAfter-user-system, systemAfter-system
	m.Allocations = int64(after.Mallocs - before.Mallocs)
	m.Allocated = int64(after.TotalAlloc - before.TotalAlloc)
	m.Growth = max(peak-resident, 0)
	return m, err
}

func cpuTime() (user, system time.Duration, err error) {
	var u unix.Rusage
	err = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano()), err
}

// status returns a size in /proc/self/status, in bytes.
func status(field string) (int64, error) { return sizeIn("/proc/self/status", field) }

// sizeIn returns a size in the status file of a process, in bytes.
func sizeIn(file, field string) (int64, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	_, after, _ := bytes.Cut(b, []byte("\n"+field+":"))
	line, _, _ := bytes.Cut(after, []byte(" kB\n"))
	n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	return n << 10, err
}

// fileCommand writes the file that wg(8) reads. It runs in a separate process,
// because the kernel includes the memory of a process in that of its children.
const fileCommand = "file"

func writeFile(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("want a size, a number of changed peers and a path")
	}
	size, err := workload.ParseSize(args[0])
	if err != nil {
		return err
	}
	changed, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	config := size.Config()
	for i := range min(changed, len(config.Peers)) {
		config.Peers[i].PersistentKeepalive = new(26 * time.Second)
	}
	return os.WriteFile(args[2], workload.AppendFile(nil, config), 0o600)
}
