package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// repeatFlag is the value of --watch. The time follows after "=" or as the next
// argument. Without a time it is defaultRepeat.
type repeatFlag struct {
	every   time.Duration // 0 without the flag
	flags   *pflag.FlagSet
	next    []int // positions of the arguments after flags without "="
	implied bool  // the last flag has no "="
}

const (
	defaultRepeat = 2 * time.Second
	// withoutTime is the value of a flag without "=".
	withoutTime = "default"
)

func (f *repeatFlag) String() string { return "" } // off by default
func (f *repeatFlag) Type() string   { return "time" }

func (f *repeatFlag) Set(text string) (err error) {
	if f.implied = text == withoutTime; f.implied {
		f.every = defaultRepeat
		f.next = append(f.next, f.flags.NArg()) // arguments are parsed in order
		return nil
	}
	f.every, err = parseRepeat(text)
	return err
}

func parseRepeat(text string) (time.Duration, error) {
	every, err := parseDuration(text)
	if err == nil && every < minInterval {
		err = fmt.Errorf("must be at least %v", minInterval)
	}
	return every, err
}

// add adds the flag to cmd.
func (f *repeatFlag) add(cmd *cobra.Command) {
	f.flags = cmd.Flags()
	f.flags.VarP(f, "watch", "w", fmt.Sprintf("show again after this time, in seconds or as in 500ms, until interrupted; %v without a time", defaultRepeat))
	f.flags.Lookup("watch").NoOptDefVal = withoutTime
	nameArgument(f.flags, "watch", "time")
	registerCompletion(cmd, "watch", noCompletion)
}

// takeTimes returns args without the times that follow the flag as the next argument. The
// last flag determines the time.
func (f *repeatFlag) takeTimes(args []string) (rest []string, err error) {
	for i, arg := range args {
		if !f.isTime(i, arg) {
			rest = append(rest, arg)
			continue
		}
		every, err := parseRepeat(arg)
		if err != nil {
			return nil, fmt.Errorf("invalid --watch %q: %w", arg, err)
		}
		if f.implied && i == f.next[len(f.next)-1] {
			f.every = every
		}
	}
	return rest, nil
}

// isTime reports whether the argument at the position i is a time that follows the flag.
// What follows "--" is not.
func (f *repeatFlag) isTime(i int, arg string) bool {
	_, err := parseDuration(arg)
	return err == nil && slices.Contains(f.next, i) && i != f.flags.ArgsLenAtDash()
}

// run repeats the output of once until cmd's context is cancelled or writing fails.
// Errors of once are printed below its output: on a screen each time, otherwise only if
// they differ from the time before.
func (f *repeatFlag) run(cmd *cobra.Command, once func() error) error {
	useDefaultGC()
	out, errOut := cmd.OutOrStdout(), cmd.ErrOrStderr()
	screen := isScreen(out)
	last := ""
	for n := 0; ; n++ {
		var errs bytes.Buffer
		frame := &frame{w: out}
		switch {
		case screen:
			frame.begin = fmt.Sprintf("\x1b[H\x1b[Jevery %v, %s\n\n", f.every, time.Now().Format(time.TimeOnly))
		case n > 0:
			frame.begin = "\n"
		}
		cmd.SetOut(frame)
		cmd.SetErr(&errs)
		if err := once(); err != nil {
			report(&errs, err)
		}
		if cmd.Context().Err() != nil {
			return errReported
		}
		if screen {
			frame.start() // also without devices
		}
		if frame.err != nil {
			return frame.err
		}
		if text := errs.String(); screen || text != last {
			fmt.Fprint(errOut, text)
			last = text
		}
		select {
		case <-cmd.Context().Done():
			return errReported
		case <-time.After(f.every):
		}
	}
}

// frame is one of several outputs. It writes begin before the first byte.
type frame struct {
	w     io.Writer
	begin string // "" after it was written
	err   error  // the first error
}

func (f *frame) Write(b []byte) (int, error) {
	f.start()
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.w.Write(b)
	f.err = err
	return n, err
}

// start writes begin.
func (f *frame) start() {
	if f.err == nil && f.begin != "" {
		_, f.err = io.WriteString(f.w, f.begin)
		f.begin = ""
	}
}
