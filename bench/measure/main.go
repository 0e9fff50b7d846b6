//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"time"
)

func main() {
	if err := dispatch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func dispatch(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("missing command: must be run or profile")
	}
	switch command, rest := args[0], args[1:]; command {
	case "run":
		return run(rest)
	case "profile":
		return profile(rest)
	case childCommand:
		return child(rest)
	case serveCommand:
		return serve(rest)
	case fleetCommand:
		return createFleet(rest)
	case fileCommand:
		return writeFile(rest)
	default:
		return fmt.Errorf("unknown command %q", command)
	}
}

// profile repeats one task and writes a CPU profile to standard output.
func profile(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("invalid arguments %q: must be WORK WHO SIZE SECONDS", args)
	}
	seconds, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	s, err := newStage()
	if err != nil {
		return err
	}
	defer s.endDaemon()
	t, err := parseTask(append(args[:3:3], ""))
	if err != nil {
		return err
	}
	if t.device, err = s.ready(t.work, t.size); err != nil {
		return err
	}
	j, err := t.prepare()
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(os.Stdout); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		if err := j.op(); err != nil {
			return err
		}
	}
	return nil
}
