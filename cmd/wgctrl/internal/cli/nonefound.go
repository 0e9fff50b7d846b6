package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// writeNoneFound says where devices were looked for, and what is missing there.
func writeNoneFound(w io.Writer, p places) {
	fmt.Fprintln(w, "no WireGuard devices found; looked at")
	if p.looksAt(wgtypes.KindKernel) {
		fmt.Fprintf(w, "  the kernel: %s\n", kernelPlace())
	}
	if !p.looksAt(wgtypes.KindUserspace) {
		return
	}
	if runtime.GOOS == "windows" {
		fmt.Fprintln(w, `  the pipes of daemons: \\.\pipe\ProtectedPrefix\Administrators\WireGuard\*`)
		return
	}
	for _, dir := range p.socketDirs {
		fmt.Fprintf(w, "  the sockets of daemons: %s\n", dirPlace(dir))
	}
}

func (p places) looksAt(k wgtypes.Kind) bool {
	return len(p.backends) == 0 || slices.Contains(p.backends, k.String())
}

// kernelPlace tells a kernel without devices from one that can have none. It
// looks and asks nothing: to ask for the family would load the module.
func kernelPlace() string {
	if runtime.GOOS != "linux" {
		return "devices of this system's kernel are not supported yet"
	}
	if _, err := os.Stat("/sys/module/wireguard"); errors.Is(err, fs.ErrNotExist) {
		return "its wireguard module is not loaded (modprobe wireguard)"
	}
	return "no link of the kind wireguard in this network namespace"
}

func dirPlace(dir string) string {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return dir + " does not exist"
	}
	return "no NAME.sock in " + dir + " that answers"
}
