//go:build linux

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var kernelOnly = []wgtypes.Kind{wgtypes.KindKernel}

// options are the options of the command line.
type options struct {
	sizes      []workload.Size
	fleets     []workload.Size
	wg, wgctrl string // commands, "" for none
	noKernel   bool   // only works that do not need WireGuard in the kernel
	// exporter and otherExporter are wgctrl-exporter and wireguard_exporter, "" for none.
	exporter, otherExporter string
	hello                   string // a command that only starts, "" for none
	strace                  string // counts messages, "" for nobody
	rounds                  int    // 0 for as many as a size needs
	// only and who are names of works and contestants, separated by commas, or ""
	// for all.
	only, who string
}

func parseRun(args []string) (o options, err error) {
	flags := flag.NewFlagSet("measure run", flag.ContinueOnError)
	small := flags.Bool("small", false, "only sizes that take seconds")
	sizes := flags.String("sizes", "", "only these `sizes`, separated by commas")
	flags.StringVar(&o.only, "works", "", "only these `works`, separated by commas")
	flags.StringVar(&o.who, "who", "", "only these `contestants`, separated by commas")
	flags.StringVar(&o.wg, "wg", "", "`path` of wg(8)")
	flags.StringVar(&o.hello, "hello", "", "`path` of bench/hello")
	flags.StringVar(&o.strace, "strace", "", "`path` of strace(1), to count our messages")
	flags.IntVar(&o.rounds, "rounds", 0, "`number` of rounds of each work, or 0 to choose it by the size")
	flags.StringVar(&o.wgctrl, "wgctrl", "", "`path` of the wgctrl command")
	flags.BoolVar(&o.noKernel, "no-kernel", false, "only works that do not need WireGuard in the kernel")
	flags.StringVar(&o.exporter, "exporter", "", "`path` of wgctrl-exporter")
	flags.StringVar(&o.otherExporter, "other-exporter", "", "`path` of wireguard_exporter")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.sizes, o.fleets = workload.Sizes, workload.Fleets
	if *small {
		o.sizes, o.fleets = workload.Small, workload.SmallFleets
	}
	if *sizes == "" {
		return o, nil
	}
	o.sizes, o.fleets = nil, nil
	for text := range strings.SplitSeq(*sizes, ",") {
		size, err := workload.ParseSize(text)
		if err != nil {
			return o, err
		}
		if size.Devices > 0 {
			o.fleets = append(o.fleets, size)
		} else {
			o.sizes = append(o.sizes, size)
		}
	}
	return o, nil
}

// has reports whether list, separated by commas, contains name or is empty.
func has(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

// runner does tasks on a stage and writes their costs.
type runner struct {
	options
	stage *stage
	file  string // a configuration file for commands
	other string // the same with other keepalives of 10 peers
	asWG  string // wgctrl under the name wg
	next  string // file or other: the one that the device does not match
}

func run(args []string) error {
	o, err := parseRun(args)
	if err != nil {
		return err
	}
	s, err := newStage()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &runner{options: o, stage: s, file: filepath.Join(dir, "device.conf"), other: filepath.Join(dir, "other.conf")}
	if err := r.linkAsWG(dir); err != nil {
		return err
	}
	if err := record.Encode(os.Stdout, record.Line{Machine: machine(o.wg)}); err != nil {
		return err
	}
	for _, size := range o.sizes {
		if err := r.size(size); err != nil {
			return fmt.Errorf("%s: %w", size, err)
		}
	}
	for _, size := range o.fleets {
		if err := r.works(record.OfFleet, size); err != nil {
			return fmt.Errorf("%s: %w", size, err)
		}
	}
	return r.works(record.OneSize, workload.Size{})
}

// size measures everything at one size.
func (r *runner) size(size workload.Size) error {
	for path, changed := range map[string]string{r.file: "0", r.other: "10"} {
		if err := exec.Command(r.stage.self, fileCommand, size.String(), changed, path).Run(); err != nil {
			return err
		}
	}
	r.next = r.other
	defer r.stage.endDaemon()
	return r.works(record.OfDevice, size)
}

// works measures the works of a scale.
func (r *runner) works(scale record.Scale, size workload.Size) error {
	for _, work := range record.Works {
		if record.ScaleOf(work) != scale {
			continue
		}
		if err := r.rounds(work, size); err != nil {
			return err
		}
	}
	return nil
}

// rounds measures a work in rounds, in which the contestants take turns.
func (r *runner) rounds(work string, size workload.Size) error {
	if !has(r.only, work) || r.noKernel && record.NeedsKernel(work) {
		return nil
	}
	for round := range cmp.Or(r.options.rounds, rounds(size)) {
		for _, who := range append(contestants(work), record.WgctrlNoGC) {
			t := task{work: work, who: who, size: size}
			if !r.takesPart(t, round) {
				continue
			}
			var err error
			if t.device, err = r.stage.ready(work, size); err != nil {
				return err
			}
			m, err := r.measure(t)
			if err != nil {
				return fmt.Errorf("%s by %s: %w", work, who, err)
			}
			if round == 0 && t.who == record.Wgctrl && r.strace != "" && sends(work) {
				if m.Messages, err = r.messages(t); err != nil {
					return err
				}
			}
			if err := record.Encode(os.Stdout, record.Line{Result: m}); err != nil {
				return err
			}
		}
	}
	return nil
}

// sends reports whether the messages of a work are counted with strace(1).
func sends(work string) bool {
	return work != record.Watch && work != record.Diff && work != record.ParseFile && !record.OfCommands(work)
}

// rounds returns how often a work is repeated. Small sizes need more rounds.
func rounds(size workload.Size) int {
	switch n := max(size.Devices, 1) * size.Peers * (size.Prefixes + 1); {
	case n >= 1_000_000:
		return 2
	case n >= 110_000:
		return 3
	}
	return 5
}

func contestants(work string) []string {
	switch work {
	case record.ShowJSON, record.Diff, record.ParseFile:
		return []string{record.Wgctrl}
	case record.Scrape:
		return []string{record.Wgctrl, record.Exporter}
	case record.Watch, record.Stream, record.SocketStrm:
		return []string{record.Limit, record.Wgctrl}
	}
	if record.OfStart(work) {
		return []string{record.Limit, record.WG, record.Wgctrl}
	}
	if record.OfCommands(work) {
		return []string{record.WG, record.Wgctrl}
	}
	return []string{record.Limit, record.Wgctrl, record.WgctrlGo}
}

// takesPart reports whether a contestant does a task in a round. It excludes
// commands that are not installed, and tasks that would take hours: the time that
// wgctrl-go takes to write grows with the square of the number of peers.
func (r *runner) takesPart(t task, round int) bool {
	switch {
	case !has(r.who, t.who), t.who == record.WgctrlNoGC && r.who == "":
		return false
	case record.OfCommands(t.work):
		return r.command(t.withGC()) != nil
	case (t.work == record.Write || t.work == record.Change) && t.who == record.WgctrlGo:
		return t.size.Peers < 10_000 || t.size.Peers < 100_000 && round == 0
	}
	return true
}

// command returns the command line of a task, or nil if a library does the task.
func (r *runner) command(t task) []string {
	if t.work == record.Scrape {
		return r.exporterCommand(t)
	}
	if record.OfStart(t.work) {
		return r.startArgs(t)
	}
	path := map[string]string{record.WG: r.wg, record.Wgctrl: r.wgctrl}[t.who]
	if path == "" {
		return nil
	}
	args := map[string][]string{
		record.Dump:     {"show", t.device, "dump"},
		record.DumpAll:  {"show", "all", "dump"},
		record.Show:     {"show", t.device},
		record.ShowJSON: {"show", t.device, "--json"},
		record.Showconf: {"showconf", t.device},
		record.Sync:     {syncWord[t.who], t.device, r.file},
		record.SyncTen:  {syncWord[t.who], t.device, r.next},
		record.Setconf:  {"setconf", t.device, r.file},
		record.Start:    {"show", "interfaces"},
	}[t.work]
	return append([]string{path}, args...)
}

// exporterCommand returns the command line of an exporter, or nil for none. Exporters
// are not started for devices whose series would take gigabytes of memory.
func (r *runner) exporterCommand(t task) []string {
	switch {
	case t.size.Peers*(t.size.Prefixes+1) > 200_000:
	case t.who == record.Wgctrl && r.exporter != "":
		return []string{r.exporter, "--web.listen-address=" + exporterAddress}
	case t.who == record.Exporter && r.otherExporter != "":
		return []string{r.otherExporter, "-metrics.addr=" + exporterAddress}
	}
	return nil
}

// syncWord is the command that makes a device match a file.
var syncWord = map[string]string{record.WG: "syncconf", record.Wgctrl: "sync"}

func (r *runner) measure(t task) (*record.Measurement, error) {
	if t.who == record.WgctrlNoGC {
		return r.measureNoGC(t)
	}
	if t.work == record.Scrape {
		return r.scrape(t)
	}
	if record.OfStart(t.work) {
		return measureStart(t, r.command(t))
	}
	if record.OfCommands(t.work) {
		m, err := measureCommand(t, r.command(t))
		if t.work == record.SyncTen {
			r.alternate()
		}
		return m, err
	}
	cmd := exec.Command(r.stage.self, append([]string{childCommand}, t.args()...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	m := new(record.Measurement)
	return m, json.Unmarshal(out, m)
}

// measureNoGC measures wgctrl without the garbage collector.
func (r *runner) measureNoGC(t task) (*record.Measurement, error) {
	if err := os.Setenv("GOGC", "off"); err != nil { // for the processes that measure starts
		return nil, err
	}
	defer os.Unsetenv("GOGC")
	m, err := r.measure(t.withGC())
	if err != nil {
		return nil, err
	}
	m.Who = t.who
	return m, nil
}

// withGC returns the same task with the garbage collector.
func (t task) withGC() task {
	if t.who == record.WgctrlNoGC {
		t.who = record.Wgctrl
	}
	return t
}

// alternate selects the file for the next task that changes 10 peers.
func (r *runner) alternate() {
	if r.next == r.file {
		r.next = r.other
	} else {
		r.next = r.file
	}
}

// measureCommand measures a whole process.
func measureCommand(t task, args []string) (*record.Measurement, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%v: %w: %s", args, err, &stderr)
	}
	p := cmd.ProcessState
	return &record.Measurement{
		Work: t.work, Who: t.who, Size: t.size, Wall: time.Since(start),
		CPU: p.UserTime() + p.SystemTime(), System: p.SystemTime(), Allocations: -1, Allocated: -1,
		Growth: p.SysUsage().(*syscall.Rusage).Maxrss << 10, Messages: -1,
	}, nil
}

// message matches a line of strace(1) for a datagram that was sent or received.
var message = regexp.MustCompile(`(?m)(?:sendto|recvmsg)(?:\(| resumed).* = [0-9]+$`)

// messages repeats a task with strace(1) and returns the number of datagrams that
// it sent and received, which our library does not report.
func (r *runner) messages(t task) (int64, error) {
	if t.work == record.Write {
		device, err := r.stage.makeDevice()
		if err != nil {
			return 0, err
		}
		t.device = device
	}
	file := filepath.Join(filepath.Dir(r.file), "trace")
	args := []string{"-f", "-qq", "-s", "0", "-e", "trace=sendto,recvmsg", "-o", file, r.stage.self, childCommand}
	cmd := exec.Command(r.strace, append(args, t.args()...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s with strace: %w", t.work, err)
	}
	trace, err := os.ReadFile(file)
	return int64(len(message.FindAll(trace, -1))), err
}

// machine returns a description of this machine.
func machine(wg string) *record.Machine {
	m := &record.Machine{
		Kernel: release(), Processor: processor(), Processors: runtime.NumCPU(),
		Host: os.Getenv("BENCH_HOST"), Go: runtime.Version(),
	}
	if wg != "" {
		if out, err := exec.Command(wg, "--version").Output(); err == nil {
			m.WG = firstLine(out)
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "golang.zx2c4.com/wireguard/wgctrl" {
				m.WgctrlGo = d.Version
			}
		}
	}
	return m
}

func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// processor returns the name of the processor in /proc/cpuinfo.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, after, _ := bytes.Cut(b, []byte("model name\t: "))
	return firstLine(after)
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	return string(line)
}
