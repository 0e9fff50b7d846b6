package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/quick/internal/hook"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// newSystem returns the system for t. The caller closes it with the function.
func newSystem(c *wgctrl.Client, t *Tunnel, o *Options) (*system, func(), error) {
	var closers []func() error
	closeAll := func() {
		for _, f := range closers {
			_ = f() // nothing was written
		}
	}
	s, err := openSystem(c, t, o, func(f func() error) { closers = append(closers, f) })
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return s, closeAll, nil
}

// openSystem returns the system for t, and passes what has to be closed to onClose.
func openSystem(c *wgctrl.Client, t *Tunnel, o *Options, onClose func(func() error)) (*system, error) {
	outer, err := host.Open("")
	if err != nil {
		return nil, err
	}
	onClose(outer.Close)
	dir, err := recordDir(o.StateDir, namespacePath(o.NetNS))
	if err != nil {
		return nil, err
	}
	links := &linuxLinks{client: c, host: outer, options: o, amnezia: t.amnezia()}
	s := &system{
		dir: dir, net: outer, outer: outer, devices: c, userspace: c, links: links,
		resolver: dns.System{Stdout: o.Stdout, Stderr: o.Stderr},
		hooks:    tunnelHooks(t, o),
		lookup:   o.lookup,
		splitDNS: o.SplitDNS,
		onStep:   o.onStep, warn: o.warn,
	}
	if o.NetNS == "" {
		return s, nil
	}
	inner, err := host.Open(o.NetNS)
	if err != nil {
		return nil, err
	}
	onClose(inner.Close)
	client, err := wgctrl.New(wgctrl.WithNetNSName(o.NetNS))
	if err != nil {
		return nil, err
	}
	onClose(client.Close)
	if links.namespace, err = os.Open(namespacePath(o.NetNS)); err != nil {
		return nil, err
	}
	onClose(links.namespace.Close)
	s.net, s.devices = inner, client
	return s, nil
}

// namespacePath returns the path of a network namespace.
func namespacePath(netns string) string {
	switch {
	case netns == "":
		return "/proc/thread-self/ns/net"
	case strings.Contains(netns, "/"):
		return netns
	}
	return filepath.Join("/run/netns", netns)
}

// recordDir returns the directory of the records of a namespace. Those of the first
// process of the system are in dir itself.
func recordDir(dir, namespace string) (string, error) {
	if dir == "" {
		dir = "/run/wgctrl/quick"
	}
	own, err := inode(namespace)
	if err != nil {
		return "", err
	}
	if first, err := inode("/proc/1/ns/net"); err == nil && first == own {
		return dir, nil
	}
	return filepath.Join(dir, "net-"+strconv.FormatUint(own, 10)), nil
}

func inode(path string) (uint64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Sys().(*syscall.Stat_t).Ino, nil
}

// shellHooks runs hooks by a shell.
type shellHooks struct{ hook.Hooks }

func (*shellHooks) Ready() error {
	_, err := hook.FindShell()
	return err
}

// tunnelHooks returns what runs the hooks of t.
func tunnelHooks(t *Tunnel, o *Options) *shellHooks {
	h := &shellHooks{hook.Hooks{
		Interface: t.Name, ConfigFile: t.Path, Program: o.program(),
		Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
	}}
	if t.File != nil {
		h.Config = hook.ConfigText(t.File)
	}
	return h
}

// linuxLinks creates links of the kernel and, where the kernel has no WireGuard,
// starts a program.
type linuxLinks struct {
	client    *wgctrl.Client
	host      *host.Host // the namespace of the caller
	amnezia   bool       // whether the links are those of AmneziaWG
	options   *Options
	namespace *os.File // nil for that of the caller
}

// Create creates a link of the kernel.
func (l *linuxLinks) Create(ctx context.Context, name string) error {
	var o wgctrl.LinkOptions
	if l.namespace != nil {
		fd := int(l.namespace.Fd())
		o.NetNS = &fd
	}
	kind := wgtypes.KindKernel
	if l.amnezia {
		kind = wgtypes.KindAmneziaKernel
	}
	err := l.client.Only(wgtypes.DeviceRef{Kind: kind}).CreateDevice(ctx, name, o)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if _, statErr := os.Stat("/sys/module/" + linkType(l.amnezia)); !errors.Is(statErr, fs.ErrNotExist) {
		return err
	}
	if _, lookErr := exec.LookPath(l.Program()); lookErr != nil {
		return noProgramError(err, lookErr)
	}
	return fmt.Errorf("%w: %w", ErrNoModule, err)
}

// noProgramError returns the error of Create, err, if the program cannot start either. It
// does not wrap the error of the program: the kernel is the cause, and under the name
// wg-quick a missing program would exit with 127.
func noProgramError(err, missing error) error {
	return fmt.Errorf("%w; the program that could replace it is missing: %s", err, missing.Error())
}

// Program returns the name of the program that Start runs.
func (l *linuxLinks) Program() string {
	if l.options.Userspace != "" {
		return l.options.Userspace
	}
	return linkType(l.amnezia) + "-go"
}

// outputTime is how long run waits for the output of a program that has gone to the
// background.
const outputTime = time.Second

// Start runs the program, which goes to the background when the link exists, and moves
// the link to the namespace of the interface. The sockets of the program stay.
func (l *linuxLinks) Start(ctx context.Context, name string) error {
	if err := l.run(ctx, name); err != nil || l.namespace == nil {
		return err
	}
	link, err := l.host.Link(ctx, name)
	if err != nil {
		return err
	}
	// The program goes to the background before it has opened the link, and ends if it
	// does not find it. It answers when it has.
	if _, err := l.client.Device(ctx, name); err != nil {
		return errors.Join(err, l.host.DeleteLink(ctx, link.Index))
	}
	if err := l.host.MoveLink(ctx, link.Index, int(l.namespace.Fd())); err != nil {
		return errors.Join(err, l.host.DeleteLink(ctx, link.Index))
	}
	return nil
}

// run runs the program and waits until it has gone to the background.
func (l *linuxLinks) run(ctx context.Context, name string) error {
	cmd := exec.CommandContext(ctx, l.Program(), name)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = l.options.Stdin, l.options.Stdout, l.options.Stderr
	cmd.WaitDelay = outputTime
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}
