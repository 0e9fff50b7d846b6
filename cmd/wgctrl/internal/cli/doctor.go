package cli

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const doctorLong = `doctor looks for what is wrong with tunnels: peers that do not answer, missing routes,
an MTU that is too large, a file that differs from the device, and more. It prints
each finding with what it has seen and what to do. It changes nothing and sends no
packets, except for looking up the host names in FILE.

DEVICE is the name of a device; without it, doctor looks at all devices. FILE is a
file of wg(8) or wg-quick(8), also of AmneziaWG; "-" is standard input. The default is
/etc/wireguard/DEVICE.conf or /etc/amnezia/amneziawg/DEVICE.conf, if it can be read. If
both exist, it is the second only for an AmneziaWG device. doctor says what it could not
check. On systems other than Linux, it checks no routes, rules, sockets and kernel
settings.

A finding is an error if a part of the tunnel cannot work, a warning if it probably
does not, and a notice if it can be intended. --ignore omits the findings with an ID,
such as handshake-never.

The exit code is 0 if doctor finds nothing, 1 if it finds something, and 2 after an
error, such as a wrong argument.`

const doctorExample = `  wgctrl doctor
  wgctrl doctor wg0
  wgctrl doctor wg0 client.conf --ignore peer-silent
  wgctrl doctor --json | jq -r '.findings[] | .id + " " + .device.name'`

// exitNotDiagnosed is the exit code of doctor after an error: 1 means findings.
const exitNotDiagnosed = 2

func newDoctor(cf *clientFlags) *cobra.Command {
	var asJSON bool
	var ignore []string
	checkArgs := deviceArgs(doctorArgs)
	cmd := &cobra.Command{
		Use:     "doctor [DEVICE [FILE]]",
		Short:   "Find out why a tunnel does not work",
		Long:    doctorLong,
		Example: doctorExample,
		Args: func(cmd *cobra.Command, args []string) error {
			return notDiagnosed(cmd, checkArgs(cmd, args))
		},
		ValidArgsFunction: cf.completeDeviceFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := runDoctor(cmd, cf, args, ignore)
			if err != nil {
				return notDiagnosed(cmd, err)
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), report)
			} else {
				err = writeReport(cmd.OutOrStdout(), report)
			}
			if err == nil && len(report.Findings) > 0 {
				return errReported
			}
			return notDiagnosed(cmd, err)
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return notDiagnosed(cmd, err) })
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringArrayVar(&ignore, "ignore", nil, "omit findings with this ID; can be repeated")
	nameArgument(cmd.Flags(), "ignore", "ID")
	registerCompletion(cmd, "ignore", cobra.FixedCompletions(findingIDs(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// notDiagnosed prints an error and returns one with the exit code of doctor. It
// returns nil if err is nil.
func notDiagnosed(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	report(cmd.ErrOrStderr(), flagError(cmd, err))
	return &exitError{exitNotDiagnosed}
}

func doctorArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 2 {
		return fmt.Errorf("%s: unexpected argument %q; usage: %s", cmd.Name(), keytext.HideLong(args[2]), cmd.UseLine())
	}
	return nil
}

// findingIDs returns the IDs of all findings.
func findingIDs() (ids []string) {
	for _, id := range doctor.IDs() {
		ids = append(ids, string(id))
	}
	return ids
}

// runDoctor returns the diagnosis of the device in args, or of all devices, without the
// findings to ignore.
func runDoctor(cmd *cobra.Command, cf *clientFlags, args, ignore []string) (found doctor.Report, err error) {
	for _, id := range ignore {
		if !slices.Contains(findingIDs(), id) {
			return found, fmt.Errorf("invalid --ignore %q: must be one of %s", id, strings.Join(findingIDs(), ", "))
		}
	}
	o, err := doctorOptions(cmd, cf, args)
	if err != nil {
		return found, err
	}
	err = cf.use(func(c *wgctrl.Client) error {
		o.Client = c
		found = doctor.Diagnose(doctor.Gather(cmd.Context(), o))
		return cmd.Context().Err()
	})
	found.Findings = slices.DeleteFunc(found.Findings, func(f doctor.Finding) bool { return slices.Contains(ignore, string(f.ID)) })
	return found, err
}

// doctorOptions returns what to read, except for the Client.
func doctorOptions(cmd *cobra.Command, cf *clientFlags, args []string) (doctor.Options, error) {
	o := doctor.Options{
		NetNS: netNSPath(cf.netNS),
		File: func(ref wgtypes.DeviceRef) (*doctor.File, error) {
			return doctorFile(cmd.InOrStdin(), fileOfDevice(configDirs(confDir, ref.Kind), ref.Name))
		},
		Resolver: net.DefaultResolver,
		Hint:     func(err error) string { return cf.forCommand(cmd).hint(cmd.Context(), err, os.Geteuid()) },
		Built:    buildDate(),
	}
	if len(args) > 0 {
		o.Name = args[0]
	}
	if len(args) > 1 {
		file, err := doctorFile(cmd.InOrStdin(), args[1])
		if err != nil {
			return o, err
		}
		o.File = func(wgtypes.DeviceRef) (*doctor.File, error) { return file, nil }
	}
	if runtime.GOOS == "linux" {
		o.NoModule = cf.missingModule()
	}
	return o, nil
}

// missingModule returns how to load the module for the kernel devices that the command
// searches. It returns "" if a module is loaded, or if it searches none.
func (cf *clientFlags) missingModule() string {
	remedy := ""
	for _, m := range []struct {
		kind wgtypes.Kind
		name string
	}{{wgtypes.KindKernel, wireguardModule}, {wgtypes.KindAmneziaKernel, amneziaModule}} {
		switch {
		case !cf.searches(m.kind):
		case moduleIsLoaded(m.name):
			return ""
		case remedy == "":
			remedy = "run: modprobe " + m.name
		}
	}
	return remedy
}

// netNSPath returns the path of the network namespace with a name of ip-netns(8) or a
// path, or "" for that of this process.
func netNSPath(nameOrPath string) string {
	if nameOrPath == "" || strings.Contains(nameOrPath, "/") {
		return nameOrPath
	}
	return filepath.Join(netNSDir, nameOrPath)
}

// doctorFile reads a configuration file; "-" is standard input. A file with errors has
// only their texts.
func doctorFile(in io.Reader, path string) (*doctor.File, error) {
	parsed, err := readConf(in, path)
	if err != nil {
		return nil, err
	}
	file := &doctor.File{Path: path, Mode: modeOfFile(path), Names: parsed.PeerNames()}
	settings, err := parsed.Settings(wgconf.DialectAWGQuick)
	if err == nil {
		file.Settings = settings
		return file, nil
	}
	file.Problems = strings.Split(err.Error(), "\n")
	return file, nil
}

// modeOfFile returns the mode of a regular file, or 0 for other files and on Windows,
// which has no such modes.
func modeOfFile(path string) fs.FileMode {
	info, err := os.Stat(path)
	if path == "-" || err != nil || !info.Mode().IsRegular() || runtime.GOOS == "windows" {
		return 0
	}
	return info.Mode()
}

// buildDate returns the date of the sources of this program, or zero if it is unknown.
func buildDate() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			date, err := time.Parse(time.RFC3339, s.Value)
			if err == nil {
				return date
			}
		}
	}
	return time.Time{}
}
