package cli

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
)

// maxDeviceName is the largest length of a device name in bytes, except on Windows.
const maxDeviceName = 15

// checkDeviceName returns an error for an invalid name. It accepts every name that an
// interface of Linux can have and, on Windows, every name but the empty one. (FreeBSD can
// give an interface some of the names that it refuses.)
func checkDeviceName(name string) error {
	const forbidden = " \t\n\v\f\r/:" // also in Linux's kernel
	switch i := strings.IndexAny(name, forbidden); {
	case name == "":
		return fmt.Errorf("invalid device name %q: must not be empty", name)
	case runtime.GOOS == "windows":
		return nil
	case len(name) > maxDeviceName:
		return fmt.Errorf("invalid device name %q: has %d bytes, must have at most %d", keytext.HideLong(name), len(name), maxDeviceName)
	case name == "." || name == "..":
		return fmt.Errorf("invalid device name %q: must not be a directory", name)
	case i >= 0:
		return fmt.Errorf("invalid device name %q: must not contain %q", keytext.HideLong(name), name[i:i+1])
	}
	return nil
}

// deviceArgs returns a check that args are valid and that the first one, if any, is
// the name of a device.
func deviceArgs(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := args(cmd, given); err != nil || len(given) == 0 {
			return err
		}
		return checkDeviceName(given[0])
	}
}

// allDevices checks that all arguments are names of devices.
func allDevices(_ *cobra.Command, args []string) error {
	for _, name := range args {
		if err := checkDeviceName(name); err != nil {
			return err
		}
	}
	return nil
}
