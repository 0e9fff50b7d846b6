package cli

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// repeatFlag is the value of --watch, which may be missing.
type repeatFlag struct {
	every   time.Duration // 0 without the flag
	implied bool          // the flag has no value
}

// defaultRepeat is the time between two outputs if --watch has no value.
const defaultRepeat = "2s"

func (f *repeatFlag) String() string { return "" } // off by default
func (f *repeatFlag) Type() string   { return "time" }

func (f *repeatFlag) Set(text string) error {
	every, err := parseDuration(text)
	if err == nil && every < minInterval {
		err = fmt.Errorf("must be at least %v", minInterval)
	}
	*f = repeatFlag{every, text == defaultRepeat}
	return err
}

// add adds the flag to cmd.
func (f *repeatFlag) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.VarP(f, "watch", "w", "show again after this time, in seconds or as in 500ms, until interrupted; "+defaultRepeat+" without a time")
	flags.Lookup("watch").NoOptDefVal = defaultRepeat
	nameArgument(flags, "watch", "time")
	registerCompletion(cmd, "watch", noCompletion)
}

// checkArgs rejects a time that follows the flag as an argument of its own.
func (f *repeatFlag) checkArgs(args []string) error {
	for _, arg := range args {
		if _, err := parseDuration(arg); err == nil && f.implied {
			return fmt.Errorf("show: unexpected argument %q: write --watch=%s or -w=%s for a time", arg, arg, arg)
		}
	}
	return nil
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
