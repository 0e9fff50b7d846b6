package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A job describes one run of a guest.
type job struct {
	kernel   string
	root     string // "" for a root with only busybox
	cache    string
	accel    string
	timeout  time.Duration
	memory   int  // MiB
	counted  bool // see machine
	env      []string
	files    []fileCopy
	dir      string   // working directory of the programs
	noload   []string // guestModules that are not loaded at boot
	programs [][]string
}

// A fileCopy is a file or directory of the host that is copied to the guest.
type fileCopy struct{ host, guest string }

// parse parses flags. It prints the flags only for -help: after an error, main prints
// the error and the usage.
func parse(fs *flag.FlagSet, args []string) error {
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(os.Stdout)
		fs.Usage()
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return nil
}

// parseRun parses the arguments of run: flags, then programs, each after "--".
// Therefore programs cannot have an argument "--".
func parseRun(args []string) (job, error) {
	var j job
	fs := flag.NewFlagSet("vmtest run", flag.ContinueOnError)
	fs.StringVar(&j.kernel, "kernel", "", "`name` of a fetched kernel (6.1, 6.12, newest) or path of a directory")
	fs.StringVar(&j.root, "root", "", "`name` of a fetched root (reference) or path of a directory to use as the guest's root")
	fs.StringVar(&j.cache, "cache", "", "`directory` of kernels and roots (default .cache in the module's root)")
	fs.StringVar(&j.accel, "accel", defaultAccel, "QEMU's accelerator; use kvm only where it can boot a kernel")
	fs.DurationVar(&j.timeout, "timeout", 5*time.Minute, "time `limit` for the whole run")
	fs.IntVar(&j.memory, "mem", 2048, "memory of the guest in `MiB`")
	fs.BoolVar(&j.counted, "counted", false, "make the guest's clock count instructions, independent of the host's load")
	fs.StringVar(&j.dir, "dir", "/", "`directory` in the guest in which programs start")
	fs.Func("env", "`NAME=VALUE` to add to the programs' environment; repeatable", j.addEnv)
	fs.Func("file", "`HOST[:GUEST]` file or directory to copy to the guest; repeatable", j.addFile)
	fs.Func("noload", "`module` not to load at boot; modprobe can load it later; repeatable", j.addNoload)

	flags, programs := args, [][]string(nil)
	if i := slices.Index(args, "--"); i >= 0 {
		flags, programs = args[:i], split(args[i+1:], "--")
	}
	if err := parse(fs, flags); err != nil {
		return job{}, err
	}
	j.programs = programs
	switch {
	case fs.NArg() > 0:
		return job{}, fmt.Errorf("%w: unexpected argument %q before --", errUsage, fs.Arg(0))
	case j.kernel == "":
		return job{}, fmt.Errorf("%w: -kernel is missing", errUsage)
	case len(programs) == 0:
		return job{}, fmt.Errorf("%w: missing program after --", errUsage)
	case slices.ContainsFunc(programs, func(p []string) bool { return len(p) == 0 }):
		return job{}, fmt.Errorf("%w: missing program between -- and --", errUsage)
	}
	return j, nil
}

// split splits list at each separator.
func split(list []string, separator string) [][]string {
	var parts [][]string
	for {
		i := slices.Index(list, separator)
		if i < 0 {
			return append(parts, list)
		}
		parts, list = append(parts, list[:i]), list[i+1:]
	}
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (j *job) addEnv(s string) error {
	// The name becomes part of a shell script, unquoted.
	if name, _, ok := strings.Cut(s, "="); !ok || !envName.MatchString(name) {
		return errors.New("must be NAME=VALUE")
	}
	j.env = append(j.env, s)
	return nil
}

func (j *job) addFile(s string) error {
	host, guest, ok := strings.Cut(s, ":")
	if !ok {
		abs, err := filepath.Abs(host)
		if err != nil {
			return err
		}
		guest = filepath.ToSlash(abs)
	}
	if host == "" || !strings.HasPrefix(guest, "/") {
		return errors.New("must be HOST or HOST:/GUEST")
	}
	j.files = append(j.files, fileCopy{host, guest})
	return nil
}

func (j *job) addNoload(s string) error {
	if !slices.Contains(guestModules, s) {
		return fmt.Errorf("must be one of %s", strings.Join(guestModules, ", "))
	}
	j.noload = append(j.noload, s)
	return nil
}
