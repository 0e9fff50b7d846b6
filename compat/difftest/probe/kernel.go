//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// kernel tests kernel devices in the network namespace of this process.
func kernel(r *recorder) error {
	if err := addLink("wg0", "wireguard"); err != nil {
		return unavailable{fmt.Errorf("no kernel device: %w", err)}
	}
	c, err := wgctrl.New()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := errors.Join(setUp("lo"), setUp("wg0")); err != nil {
		return err
	}
	for _, scenario := range []func(*recorder, *wgctrl.Client) error{
		kernelNames, kernelValues, kernelChanges, kernelTakenPort, kernelLargeSets, kernelHandshake, kernelAndUserspace,
		kernelWithoutPrivilege, kernelClosing, kernelNamespaces,
	} {
		if err := scenario(r, c); err != nil {
			return err
		}
	}
	return nil
}

func kernelNames(r *recorder, c *wgctrl.Client) error {
	r.begin("kernel names")
	for _, name := range []string{"", ".", "a/b", "lo", "absent", "a\nb", "fifteen-bytes-0"} {
		d, err := c.Device(name)
		r.see(fmt.Sprintf("Device(%q)", name), d, err)
		r.see(fmt.Sprintf("ConfigureDevice(%q)", name), nil, c.ConfigureDevice(name, wgtypes.Config{}))
	}
	for _, name := range []string{"a-name-of-more-than-15-bytes", "sixteen-bytes-16", "wg0\x00"} {
		d, err := c.Device(name)
		r.differs("names", fmt.Sprintf("Device(%q)", name), d != nil, err)
	}
	for _, name := range []string{"wg2", "wg1"} {
		if err := addLink(name, "wireguard"); err != nil {
			return err
		}
	}
	all, err := c.Devices()
	r.see("Devices", names(all), err)
	return errors.Join(removeLink("wg1"), removeLink("wg2"))
}

func kernelValues(r *recorder, c *wgctrl.Client) error {
	r.begin("kernel values")
	all, err := c.Devices()
	hidePort(all...)
	r.see("a new device", all, err)
	err = c.ConfigureDevice("wg0", base())
	d, readErr := c.Device("wg0")
	r.see("a device", d, errors.Join(err, readErr))
	return nil
}

// hidePort removes the ports that the system chose.
func hidePort(devices ...*wgtypes.Device) {
	for _, d := range devices {
		if d.ListenPort > 30_000 {
			d.ListenPort = -1
		}
	}
}

func kernelChanges(r *recorder, c *wgctrl.Client) error {
	r.begin("kernel")
	for _, t := range changes() {
		if err := c.ConfigureDevice("wg0", base()); err != nil {
			return fmt.Errorf("before %q: %w", t.name, err)
		}
		if err := c.ConfigureDevice("wg0", wgtypes.Config{FirewallMark: new(0)}); err != nil {
			return fmt.Errorf("before %q: %w", t.name, err)
		}
		configErr := c.ConfigureDevice("wg0", t.config)
		d, err := c.Device("wg0")
		if err != nil {
			return fmt.Errorf("after %q: %w", t.name, err)
		}
		hidePort(d)
		r.differs(t.kernel, t.name, d, configErr)
	}
	return nil
}

func kernelTakenPort(r *recorder, c *wgctrl.Client) error {
	r.begin("a port in use by the kernel")
	taken, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		return err
	}
	defer taken.Close()
	port := taken.LocalAddr().(*net.UDPAddr).Port
	if err := c.ConfigureDevice("wg0", base()); err != nil {
		return err
	}
	err = c.ConfigureDevice("wg0", wgtypes.Config{ListenPort: &port})
	d, readErr := c.Device("wg0")
	r.see("ConfigureDevice", d, err)
	return readErr
}

func kernelLargeSets(r *recorder, c *wgctrl.Client) error {
	r.begin("large changes of the kernel")
	for _, t := range []struct {
		name, row string
		config    wgtypes.Config
	}{
		{"40 peers", "", manyPeers()}, {"40 peers, one twice", "large-sets", manyPeersTwice()}, {"600 allowed IPs", "", manyAllowedIPs()},
	} {
		if err := c.ConfigureDevice("wg0", wgtypes.Config{ReplacePeers: true}); err != nil {
			return err
		}
		err := c.ConfigureDevice("wg0", t.config)
		d, readErr := c.Device("wg0")
		if readErr != nil {
			return readErr
		}
		hidePort(d)
		if t.row != "" {
			// The peer that occurs twice.
			d.Peers = d.Peers[:1]
		}
		r.differs(t.row, t.name, d, err)
	}
	return nil
}

// kernelHandshake waits for a handshake between two devices.
func kernelHandshake(r *recorder, c *wgctrl.Client) error {
	r.begin("a handshake")
	if err := errors.Join(addLink("wg1", "wireguard"), setUp("wg1")); err != nil {
		return err
	}
	mine, theirs := clamped(1), clamped(2)
	err := c.ConfigureDevice("wg1", wgtypes.Config{
		PrivateKey: &theirs, ListenPort: new(5002), Peers: []wgtypes.PeerConfig{{PublicKey: mine.PublicKey()}},
	})
	err = errors.Join(err, c.ConfigureDevice("wg0", wgtypes.Config{
		PrivateKey: &mine, ListenPort: new(5001), ReplacePeers: true, Peers: []wgtypes.PeerConfig{{
			PublicKey: theirs.PublicKey(), Endpoint: endpoint("127.0.0.1", 5002), PersistentKeepaliveInterval: new(time.Second),
		}},
	}))
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.After(30 * time.Second); err == nil; {
		d, readErr := c.Device("wg1")
		if err = readErr; err == nil && !d.Peers[0].LastHandshakeTime.IsZero() {
			p := &d.Peers[0]
			r.see("received", p.ReceiveBytes > 0, nil)
			r.see("sent", p.TransmitBytes > 0, nil)
			p.ReceiveBytes, p.TransmitBytes = 0, 0
			r.see("the rest", d, nil)
			break
		}
		select {
		case <-again.C:
		case <-end:
			err = errors.New("no handshake between the devices")
		}
	}
	return errors.Join(err, removeLink("wg1"))
}
