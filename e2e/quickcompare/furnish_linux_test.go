package quickcompare

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// An environment is what the worlds are made of.
type environment struct {
	root      string // directory of a Debian system with wg-quick(8)
	command   string // wgctrl's program
	userspace string // wireguard-go's program; empty if the kernel has WireGuard
}

// Paths in every world.
const (
	packageProgram   = "/run/programs/package/wg-quick" // this test's program
	commandProgram   = "/run/programs/command/wg-quick" // wgctrl
	userspaceProgram = "/run/programs/wireguard-go"
	referenceProgram = "/usr/bin/wg-quick"
	// withoutNFT is a PATH without nft.
	withoutNFT = "/run/without-nft:/usr/bin"
	// noPrograms is a PATH without programs.
	noPrograms = "/run/empty"
	// logDir has files in which hooks and stand-ins of programs record what they
	// do. The files are part of the state.
	logDir = "/run/log"
)

// etcFiles are the files in /etc of every world.
var etcFiles = map[string]string{
	"/etc/hosts":         "127.0.0.1 localhost\n::1 localhost\n198.51.100.77 four.test\n2001:db8::77 six.test\n",
	"/etc/nsswitch.conf": "hosts: files\nservices: files\nprotocols: files\n",
	"/etc/passwd":        "root:x:0:0::/:/bin/bash\n",
	"/etc/group":         "root:x:0:\n",
	"/etc/protocols":     "tcp 6 TCP\nudp 17 UDP\n",
}

// furnish gives the calling thread namespaces and a root of its own.
func (w *world) furnish() error {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_FS); err != nil {
		return fmt.Errorf("a world needs namespaces of its own: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to the world: %w", err)
	}
	if err := w.mountFilesystems(); err != nil {
		return err
	}
	if err := w.mountPrograms(); err != nil {
		return err
	}
	if err := unix.Chroot(w.env.root); err != nil {
		return err
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return fillDirectories()
}

// mountFilesystems mounts what the root of a machine has. Only these directories
// can be written to without changes for other worlds.
func (w *world) mountFilesystems() error {
	if w.env.root != "/" {
		// The root becomes a mount point, which "ip netns" requires.
		for _, name := range []string{"/", "/proc", "/dev"} {
			to := filepath.Join(w.env.root, name)
			from := name
			if name == "/" {
				from = w.env.root
			}
			if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
				return fmt.Errorf("mount %s: %w", name, err)
			}
		}
	}
	// A new sysfs shows the links of this namespace.
	if err := unix.Mount("sysfs", filepath.Join(w.env.root, "sys"), "sysfs", 0, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	for _, name := range []string{"/run", "/etc", "/var"} {
		if err := unix.Mount("tmpfs", filepath.Join(w.env.root, name), "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount a private %s: %w", name, err)
		}
	}
	return nil
}

// mountPrograms makes the programs that the root does not have available.
func (w *world) mountPrograms() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for to, from := range map[string]string{
		packageProgram: self, commandProgram: w.env.command, userspaceProgram: w.env.userspace,
	} {
		if from == "" {
			continue
		}
		to = filepath.Join(w.env.root, to)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, nil, 0o755)); err != nil {
			return err
		}
		if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount %s: %w", to, err)
		}
	}
	return nil
}

// fillDirectories writes the files of every world.
func fillDirectories() error {
	for name, text := range etcFiles {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, dir := range []string{"/run/wireguard", "/run/without-nft", logDir} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.Symlink("/run", "/var/run"); err != nil {
		return err
	}
	return linkWithoutNFT()
}

// linkWithoutNFT links all programs of /usr/sbin but nft.
func linkWithoutNFT() error {
	entries, err := os.ReadDir("/usr/sbin")
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.Name() == "nft" })
	for _, e := range entries {
		if err := os.Symlink("/usr/sbin/"+e.Name(), "/run/without-nft/"+e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// connect gives the world a link eth0 with addresses and default routes of both
// families. The other end is in the network namespace router.
func (w *world) connect() error {
	_, err := w.shell(`
sysctl -q net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
sysctl -q net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
sysctl -q net.ipv4.conf.all.src_valid_mark=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
ip netns add router
ip link set lo up
ip link add eth0 index 10 address 02:00:00:00:07:02 type veth peer name eth0 index 11 address 02:00:00:00:07:01 netns router
ip -n router link set lo up
ip -n router address add 192.168.7.1/24 dev eth0
ip -n router address add fd07::1/64 dev eth0 nodad
ip -n router link set eth0 up
ip address add 192.168.7.2/24 dev eth0
ip address add fd07::2/64 dev eth0 nodad
ip link set eth0 up
ip route add default via 192.168.7.1
ip -6 route add default via fd07::1
# WireGuard's links of the kernel have no link-local address. Those of wireguard-go would.
sysctl -q net.ipv6.conf.default.addr_gen_mode=1
`)
	return err
}

func parent(path string) string { return filepath.Dir(path) }
