//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// kernelAndUserspace tests daemons with the names of links.
func kernelAndUserspace(r *recorder, c *wgctrl.Client) error {
	r.begin("kernel and userspace")
	for _, name := range []string{"wg0", "user0", "lo"} {
		stop, err := serve(name+".sock", answers(keyedDevice).handle)
		if err != nil {
			return err
		}
		defer stop()
	}
	all, err := c.Devices()
	for _, d := range all {
		r.see("Devices: "+d.Name+" of "+d.Type.String(), len(d.Peers), nil)
	}
	r.see("Devices", names(all), err)
	for _, name := range []string{"wg0", "user0", "lo", "absent"} {
		d, err := c.Device(name)
		if d != nil {
			d = &wgtypes.Device{Name: d.Name, Type: d.Type}
		}
		r.see("Device "+name, d, err)
	}
	return nil
}

// kernelWithoutPrivilege runs this program again as an unprivileged user.
func kernelWithoutPrivilege(r *recorder, _ *wgctrl.Client) error {
	stop, err := serve("user0.sock", answers(keyedDevice).handle)
	if err != nil {
		return err
	}
	defer stop()
	if err := os.Chmod(socketDir+"/user0.sock", 0o777); err != nil {
		return err
	}
	const nobody = 65534
	self := exec.Command("/proc/self/exe", "unprivileged", "-")
	self.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	self.Stderr = os.Stderr
	out, err := self.Output()
	if err != nil {
		return fmt.Errorf("run as an unprivileged user: %w", err)
	}
	var answer struct{ Records []Record }
	if err := json.Unmarshal(out, &answer); err != nil {
		return err
	}
	r.records = append(r.records, answer.Records...)
	return nil
}

// unprivileged records what an unprivileged user can read of wg0 and user0.
func unprivileged(r *recorder) error {
	r.begin("without privilege")
	c, err := wgctrl.New()
	r.see("New", c != nil, err)
	if err != nil {
		return err
	}
	defer c.Close()
	all, err := c.Devices()
	r.differs("listing", "Devices", names(all), err)
	d, err := c.Device("wg0")
	r.see("a kernel device", d, err)
	r.see("ConfigureDevice of a kernel device", nil, c.ConfigureDevice("wg0", wgtypes.Config{FirewallMark: new(1)}))
	d, err = c.Device("user0")
	r.differs("unprivileged", "a userspace device", d, err)
	d, err = c.Device("absent")
	r.differs("unprivileged", "no device", d, err)
	return nil
}

func kernelClosing(r *recorder, _ *wgctrl.Client) error {
	r.begin("Close of a kernel client")
	c, err := wgctrl.New()
	if err != nil {
		return err
	}
	r.see("Close", nil, c.Close())
	r.see("Close again", nil, c.Close())
	d, err := c.Device("wg0")
	r.differs("closed", "Device", d, err)
	return nil
}

// kernelNamespaces moves the thread to another network namespace after New.
func kernelNamespaces(r *recorder, c *wgctrl.Client) error {
	r.begin("namespaces")
	failed := make(chan error)
	go func() {
		// The thread ends with this goroutine.
		runtime.LockOSThread()
		failed <- otherNamespace(r, c)
	}()
	return <-failed
}

func otherNamespace(r *recorder, c *wgctrl.Client) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	if err := addLink("other0", "wireguard"); err != nil {
		return err
	}
	all, err := c.Devices()
	r.differs("namespace", "Devices of another namespace's client", names(all), err)
	d, err := c.Device("wg0")
	r.see("Device", d != nil && d.Name == "wg0", err)
	d, err = c.Device("other0")
	r.see("Device of the thread's namespace", d, err)
	here, err := wgctrl.New()
	if err != nil {
		return err
	}
	defer here.Close()
	all, err = here.Devices()
	r.see("Devices of a new client", names(all), err)
	return nil
}

// module tests a kernel whose module is loaded after New.
func module(r *recorder) error {
	if err := unload(); err != nil {
		return unavailable{err}
	}
	r.begin("module")
	// This prevents the kernel from loading the module itself.
	const loader = "/proc/sys/kernel/modprobe"
	program, err := os.ReadFile(loader)
	if err != nil {
		return unavailable{err}
	}
	if err := os.WriteFile(loader, []byte("/bin/false"), 0); err != nil {
		return unavailable{err}
	}
	c, err := wgctrl.New()
	if err := os.WriteFile(loader, program, 0); err != nil {
		return err
	}
	r.see("New", c != nil, err)
	if err != nil {
		return err
	}
	defer c.Close()
	all, err := c.Devices()
	r.see("Devices", all, err)
	d, err := c.Device("wg0")
	r.see("Device", d, err)
	if err := addLink("wg0", "wireguard"); err != nil {
		return err
	}
	all, err = c.Devices()
	r.differs("late-module", "Devices once it is loaded", names(all), err)
	d, err = c.Device("wg0")
	r.differs("late-module", "Device once it is loaded", d != nil, err)
	return removeLink("wg0")
}

// unload removes the module. The devices of a namespace that has ended are removed
// a moment later and use the module until then.
func unload() error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.After(30 * time.Second); ; {
		out, err := exec.Command("modprobe", "-r", "wireguard").CombinedOutput()
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-end:
			return fmt.Errorf("remove the module: %w: %s", err, strings.TrimSpace(string(out)))
		}
	}
}
