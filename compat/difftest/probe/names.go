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

// namesOfAPI is what programs do with the names of the API beside calling them. Most
// of it is that it compiles.
func namesOfAPI(r *recorder) {
	r.begin("names")
	constants(r)
	kin(r)
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

// Structs of a program's own that have the fields of the API's, in their order: a
// conversion compiles only while that is so.
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

// kin converts both ways.
func kin(r *recorder) {
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

// devices is what programs put in the place of a Client in their tests.
type devices interface {
	Devices() ([]*wgtypes.Device, error)
	Device(name string) (*wgtypes.Device, error)
	ConfigureDevice(name string, cfg wgtypes.Config) error
	Close() error
}

// embedded has the names of what is in it.
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

// sentinels are told apart by programs in each of the ways that there are.
func sentinels(r *recorder) {
	err := fmt.Errorf("wrapped: %w", wgtypes.ErrUpdateOnlyNotSupported)
	for name, is := range map[string]bool{
		"ErrUpdateOnlyNotSupported is itself": errors.Is(err, wgtypes.ErrUpdateOnlyNotSupported),
		"and no absent device":                errors.Is(err, os.ErrNotExist),
	} {
		r.see(name, is, nil)
	}
	r.exactly("ErrUpdateOnlyNotSupported", nil, wgtypes.ErrUpdateOnlyNotSupported)
}
