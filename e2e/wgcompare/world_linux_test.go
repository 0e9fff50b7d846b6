package wgcompare

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/e2e/nsthread"
)

// A world is a thread with its own mount and network namespaces. Its files,
// sockets, mounts and programs are in these namespaces.
type world struct {
	*nsthread.Thread
}

// newWorld creates a world with a loopback interface and new /etc and /run.
func newWorld(p programs) (*world, error) {
	w := &world{Thread: nsthread.New()}
	if err := w.Do(func() error { return w.furnish(p) }); err != nil {
		w.End()
		return nil, err
	}
	return w, nil
}

// furnish creates the namespaces for the calling thread and prepares them.
func (w *world) furnish(p programs) error {
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_FS); err != nil {
		return fmt.Errorf("a world needs namespaces of its own: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to the world: %w", err)
	}
	for _, dir := range []string{"/run", "/etc"} {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount a private %s: %w", dir, err)
		}
	}
	for name, content := range etcFiles {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			return err
		}
	}
	if err := os.Mkdir(socketDir, 0o755); err != nil {
		return err
	}
	if err := p.bind(); err != nil {
		return err
	}
	return loopbackUp()
}

// socketDir is the socket directory, by a path without symbolic links.
const socketDir = "/run/wireguard"

// etcFiles are the files that the resolvers of both programs read. A name server
// runs only if a script starts it.
var etcFiles = map[string]string{
	"/etc/hosts":         "127.0.0.1 localhost\n::1 localhost\n192.0.2.7 four.test\n2001:db8::7 six.test\n192.0.2.8 both.test\n2001:db8::8 both.test\n",
	"/etc/host.conf":     "multi on\n",
	"/etc/nsswitch.conf": "hosts: files dns\nservices: files\nprotocols: files\n",
	"/etc/resolv.conf":   "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
	"/etc/services":      "domain 53/udp\nntp 123/udp\nhttp 80/tcp\n",
	"/etc/protocols":     "tcp 6 TCP\nudp 17 UDP\n",
	"/etc/passwd":        "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
	"/etc/group":         "root:x:0:\nnogroup:x:65534:\n",
}

func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo)
}
