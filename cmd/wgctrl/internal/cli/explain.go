package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// explain prints an error of the library and a hint on what to do about it.
func (cf clientFlags) explain(ctx context.Context, w io.Writer, err error) {
	report(w, err)
	var partial *wgctrl.PartialError
	if errors.As(err, &partial) {
		writePartial(w, partial)
	}
	if hint := cf.hint(ctx, err, os.Geteuid()); hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", hint)
	}
}

// forCommand returns cf for explaining an error of cmd.
func (cf clientFlags) forCommand(cmd *cobra.Command) clientFlags {
	cf.changes = slices.Contains([]string{"add", "del", "set", "setconf", "addconf", "syncconf", "sync", "remove", "rename", "reresolve", "up", "down", "reload", "save"}, cmd.Name())
	return cf
}

// hint returns what a user with this effective ID can do about an error, or "". Of
// joined errors, it returns the first hint.
func (cf clientFlags) hint(ctx context.Context, err error, euid int) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			if hint := cf.hint(ctx, err, euid); hint != "" {
				return hint
			}
		}
		return ""
	}
	var op *wgctrl.OpError
	errors.As(err, &op)
	switch {
	case errors.Is(err, fs.ErrNotExist) && op != nil && op.Device != "" && !isReply(err):
		return cf.missingHint(ctx, op)
	case errors.Is(err, fs.ErrPermission) && isDistrust(err):
		return distrustHint(runtime.GOOS)
	case errors.Is(err, fs.ErrPermission) && isAnswer(err):
		return "the daemon itself lacks a privilege"
	case errors.Is(err, fs.ErrPermission):
		return permissionHint(euid)
	case errors.Is(err, syscall.EADDRINUSE):
		return portHint(err)
	case errors.Is(err, errors.ErrUnsupported) && op != nil:
		return cf.unsupportedHint(op.Kind)
	case errors.Is(err, fs.ErrExist) && op == nil: // of package quick
		return `run "wgctrl reload" to apply the file to a running interface`
	}
	return ""
}

// unsupportedHint returns why an operation on devices of a kind may be unsupported.
func (cf clientFlags) unsupportedHint(kind wgtypes.Kind) string {
	module := map[wgtypes.Kind]string{wgtypes.KindKernel: wireguardModule, wgtypes.KindAmneziaKernel: amneziaModule}[kind]
	switch {
	case kind == wgtypes.KindKernel && !cf.searches(kind):
		return "--backend excludes kernel devices"
	case module != "" && runtime.GOOS == "linux" && !moduleIsLoaded(module):
		return loadModule(module)
	}
	return ""
}

// listHint is the hint about a missing device that the command cannot create.
const listHint = `run "wgctrl" to list the devices`

// missingHint returns what to do about a missing device. For an operation that
// changes a device it names no other device: changing that one could overwrite
// another tunnel.
func (cf clientFlags) missingHint(ctx context.Context, op *wgctrl.OpError) string {
	refs, err := cf.list(ctx)
	if err != nil {
		return ""
	}
	switch {
	case op.Op == "read" && !cf.changes:
		return existingDevices(refs)
	case op.Op == "delete":
		if slices.ContainsFunc(refs, func(ref wgtypes.DeviceRef) bool { return ref.Name == op.Device }) {
			return "this device belongs to a daemon; stop the daemon to remove it"
		}
		return listHint
	}
	if can, err := kernelCapabilities(); err != nil || !can.Links {
		return listHint
	}
	return `run "wgctrl add" to create a kernel device, or "wgctrl" to list the devices`
}

// distrustHint returns the hint if a daemon must not get keys or, on Windows, must not be
// used at all. The error says why.
func distrustHint(goos string) string {
	if goos == "windows" {
		return "a daemon is used only if its pipe belongs to LocalSystem"
	}
	return "a daemon gets keys only if it runs as root or as you, and others cannot write to its socket and " +
		"directory (chmod o-w)"
}

// isDistrust reports whether err is the library's refusal to send keys to a daemon.
// Unlike errors of the system, it has no errno.
func isDistrust(err error) bool {
	var op *wgctrl.OpError
	var errno syscall.Errno
	return errors.As(err, &op) && isUserspace(op.Kind) && !errors.As(err, &errno)
}

// isAnswer reports whether err is a daemon's answer to a request.
func isAnswer(err error) bool {
	var op *wgctrl.OpError
	var partial *wgctrl.PartialError
	return errors.As(err, &op) && isUserspace(op.Kind) && (isReply(err) || errors.As(err, &partial))
}

// isReply reports whether err is an errno in a daemon's reply.
func isReply(err error) bool {
	var reply *uapi.DeviceError
	return errors.As(err, &reply)
}

// portHint returns which UDP port is in use, if the error says which was set.
func portHint(err error) string {
	var partial *wgctrl.PartialError
	if errors.As(err, &partial) {
		for _, c := range []wgtypes.Config{partial.Unknown, partial.NotSent} {
			if c.ListenPort != nil && *c.ListenPort != 0 {
				return fmt.Sprintf("UDP port %d is used by another device or program", *c.ListenPort)
			}
		}
	}
	return "the UDP port of the device is used by another device or program"
}

// permissionHint returns what the user with this effective ID needs.
func permissionHint(euid int) string {
	switch {
	case euid == 0 && runtime.GOOS == "linux":
		return "root lacks a capability here, such as CAP_NET_ADMIN in a container"
	case euid == 0:
		return "root lacks a privilege here, as in a jail"
	case euid == -1: // Windows
		return "run as administrator"
	}
	return "run as root, for example with sudo"
}

// writePartial prints which parts of a failed change were applied.
func writePartial(w io.Writer, e *wgctrl.PartialError) {
	for _, part := range []struct {
		what   string
		config wgtypes.Config
	}{{"applied", e.Applied}, {"perhaps applied", e.Unknown}, {"not sent", e.NotSent}} {
		if text := summary(part.config); text != "" {
			fmt.Fprintf(w, "  %s: %s\n", part.what, text)
		}
	}
}

// summary returns what a Config changes on one line, or "" if it is empty.
func summary(c wgtypes.Config) string {
	var parts []string
	if c.PrivateKey != nil {
		parts = append(parts, "the private key")
	}
	if c.ListenPort != nil {
		parts = append(parts, "the listening port")
	}
	if c.FirewallMark != nil {
		parts = append(parts, "the firewall mark")
	}
	if c.Amnezia != nil {
		parts = append(parts, "the parameters of AmneziaWG")
	}
	if c.ReplacePeers {
		parts = append(parts, "the removal of all other peers")
	}
	switch n := len(c.Peers); n {
	case 0:
	case 1:
		parts = append(parts, "peer "+c.Peers[0].PublicKey.String())
	default:
		parts = append(parts, fmt.Sprintf("%d peers, from %s to %s", n, c.Peers[0].PublicKey, c.Peers[n-1].PublicKey))
	}
	return strings.Join(parts, "; ")
}

// existingDevices returns a hint with the names of at most eight devices, or "" if
// there are none.
func existingDevices(refs []wgtypes.DeviceRef) string {
	const most = 8
	names := deviceNames(refs)
	if len(names) == 0 {
		return ""
	}
	text := strings.Join(names[:min(len(names), most)], ", ")
	if n := len(names) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return "existing devices: " + termtext.Clean(text)
}

// deviceNames returns the sorted names of devices, without duplicates.
func deviceNames(refs []wgtypes.DeviceRef) []string {
	var names []string
	for _, ref := range refs {
		names = append(names, ref.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// list finds the devices.
func (cf clientFlags) list(ctx context.Context) (refs []wgtypes.DeviceRef, err error) {
	err = cf.use(func(c *wgctrl.Client) error {
		refs, err = c.List(ctx)
		return err
	})
	return refs, err
}
