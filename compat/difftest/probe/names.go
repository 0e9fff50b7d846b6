//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// namesOfAPI tests uses of the names of the API other than calls. Most of it only
// has to compile.
func namesOfAPI(r *recorder) {
	r.begin("names")
	constants(r)
	conversions(r)
	embedded(r)
	sentinels(r)
}

func constants(r *recorder) {
	for name, t := range map[string]wgtypes.DeviceType{
		"Unknown": wgtypes.Unknown, "LinuxKernel": wgtypes.LinuxKernel, "OpenBSDKernel": wgtypes.OpenBSDKernel,
		"FreeBSDKernel": wgtypes.FreeBSDKernel, "WindowsKernel": wgtypes.WindowsKernel, "Userspace": wgtypes.Userspace,
	} {
		r.see(name, fmt.Sprintf("%d %v", int(t), t), nil)
	}
	var sized [wgtypes.KeyLen]byte = wgtypes.Key{1}
	r.see("KeyLen", len(sized), nil)
}

// These are structs of a program that have the same fields as those of the API, in
// the same order. Otherwise a conversion does not compile.
type (
	ownDevice struct {
		Name                  string
		Type                  wgtypes.DeviceType
		PrivateKey, PublicKey wgtypes.Key
		ListenPort            int
		FirewallMark          int
		Peers                 []wgtypes.Peer
	}
	ownPeer struct {
		PublicKey, PresharedKey     wgtypes.Key
		Endpoint                    *net.UDPAddr
		PersistentKeepaliveInterval time.Duration
		LastHandshakeTime           time.Time
		ReceiveBytes, TransmitBytes int64
		AllowedIPs                  []net.IPNet
		ProtocolVersion             int
	}
	ownConfig struct {
		PrivateKey               *wgtypes.Key
		ListenPort, FirewallMark *int
		ReplacePeers             bool
		Peers                    []wgtypes.PeerConfig
	}
	ownPeerConfig struct {
		PublicKey                   wgtypes.Key
		Remove, UpdateOnly          bool
		PresharedKey                *wgtypes.Key
		Endpoint                    *net.UDPAddr
		PersistentKeepaliveInterval *time.Duration
		ReplaceAllowedIPs           bool
		AllowedIPs                  []net.IPNet
	}
)

// conversions converts structs in both directions.
func conversions(r *recorder) {
	d := ownDevice(wgtypes.Device{Name: "wg0", Type: wgtypes.Userspace})
	r.see("Device to an own struct and back", wgtypes.Device(d), nil)
	p := ownPeer(wgtypes.Peer{PublicKey: key(1), ProtocolVersion: 1})
	r.see("Peer to an own struct and back", wgtypes.Peer(p), nil)
	c := ownConfig(wgtypes.Config{ReplacePeers: true})
	r.see("Config to an own struct and back", wgtypes.Config(c), nil)
	pc := ownPeerConfig(wgtypes.PeerConfig{PublicKey: key(1), UpdateOnly: true})
	r.see("PeerConfig to an own struct and back", wgtypes.PeerConfig(pc), nil)
	array := [32]byte(key(1))
	r.see("Key to an array and back", wgtypes.Key(array), nil)
	r.see("Key as a key of a map", map[wgtypes.Key]int{key(1): 2}[array], nil)
}

// devices is an interface that programs use to replace a Client in their tests.
type devices interface {
	Devices() ([]*wgtypes.Device, error)
	Device(name string) (*wgtypes.Device, error)
	ConfigureDevice(name string, cfg wgtypes.Config) error
	Close() error
}

// embedded tests that a struct has the names of the structs that it embeds.
func embedded(r *recorder) {
	var own struct {
		*wgctrl.Client
		wgtypes.Device
		Extra int
	}
	own.Client = new(wgctrl.Client)
	own.Name = "wg0"
	var all devices = own.Client
	found, err := all.Devices()
	r.see("a Client in a struct, and as an interface", found, err)
	r.see("a Device in a struct", own.Device, all.Close())
	var peer struct{ wgtypes.Peer }
	peer.PublicKey = key(1)
	var change struct{ wgtypes.PeerConfig }
	change.Remove = true
	var config struct{ wgtypes.Config }
	config.Peers = append(config.Peers, change.PeerConfig)
	r.see("a Peer in a struct", peer.Peer, nil)
	r.see("a Config in a struct", config.Config, nil)
}

// sentinels compares sentinel errors in every way that programs do.
func sentinels(r *recorder) {
	err := fmt.Errorf("wrapped: %w", wgtypes.ErrUpdateOnlyNotSupported)
	for name, is := range map[string]bool{
		"ErrUpdateOnlyNotSupported is itself": errors.Is(err, wgtypes.ErrUpdateOnlyNotSupported),
		"is not os.ErrNotExist":               errors.Is(err, os.ErrNotExist),
	} {
		r.see(name, is, nil)
	}
	r.exactly("ErrUpdateOnlyNotSupported", nil, wgtypes.ErrUpdateOnlyNotSupported)
}
