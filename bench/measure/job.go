//go:build linux

package main

import (
	"fmt"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// task is what a contestant is to do.
type task struct {
	work, who string
	size      workload.Size
	device    string
}

// job is one contestant's way to do a task. Preparing is not measured; op is,
// once. check then says whether the work was done, so that nobody is fast by
// not doing it.
type job struct {
	op    func() error
	check func() error
	// messages is how many were sent or received, -1 if that is not known.
	messages func() int
}

// jobs are the ways of those contestants that are libraries.
var jobs = map[string]map[string]func(task) (job, error){
	record.Read:        {record.Limit: drainDump, record.Wgctrl: readOurs, record.WgctrlGo: readWgctrlGo},
	record.Poll:        {record.Limit: drainDumps, record.Wgctrl: pollOurs, record.WgctrlGo: pollWgctrlGo},
	record.Stream:      {record.Limit: drainDump, record.Wgctrl: streamOurs},
	record.Write:       {record.Limit: sendEncoded, record.Wgctrl: writeOurs, record.WgctrlGo: writeWgctrlGo},
	record.Change:      {record.Limit: sendEncoded, record.Wgctrl: writeOurs, record.WgctrlGo: writeWgctrlGo},
	record.List:        {record.Limit: drainLinks, record.Wgctrl: listOurs, record.WgctrlGo: listWgctrlGo},
	record.SocketRead:  {record.Limit: drainSocket, record.Wgctrl: readOurs, record.WgctrlGo: readWgctrlGo},
	record.SocketStrm:  {record.Limit: drainSocket, record.Wgctrl: streamOurs},
	record.SocketWrite: {record.Limit: sendText, record.Wgctrl: writeOurs, record.WgctrlGo: writeWgctrlGo},
}

func (t task) prepare() (job, error) {
	prepare := jobs[t.work][t.who]
	if prepare == nil {
		return job{}, fmt.Errorf("nobody called %q does %q", t.who, t.work)
	}
	return prepare(t)
}

func (t task) args() []string { return []string{t.work, t.who, t.size.String(), t.device} }

func parseTask(args []string) (t task, err error) {
	if len(args) != 4 {
		return t, fmt.Errorf("%d words are no task", len(args))
	}
	t = task{work: args[0], who: args[1], device: args[3]}
	t.size, err = workload.ParseSize(args[2])
	return t, err
}

// config is what is to be written. A change finds the peers there, and keeps them.
func (t task) config() wgtypes.Config {
	c := t.size.Config()
	c.ReplacePeers = t.work != record.Change
	return c
}

// counted checks what was read.
func (t task) counted(peers, prefixes *int) func() error {
	return func() error {
		if *peers != t.size.Peers || *prefixes != t.size.Peers*t.size.Prefixes {
			return fmt.Errorf("%s of %s gave %d peers with %d prefixes", t.work, t.size, *peers, *prefixes)
		}
		return nil
	}
}
