package quickcompare

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// srcValidMark is the setting that up changes, and that stays.
const srcValidMark = "net.ipv4.conf.all.src_valid_mark"

// sysctls are the settings in a state.
var sysctls = []string{"net.ipv4.conf.all.rp_filter", srcValidMark}

// state reads the state of a world, once it is settled.
func (w *world) state() (state, error) {
	deadline := time.After(time.Minute)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		l, err := w.list()
		if err != nil {
			return state{}, err
		}
		s, err := reduce(l)
		if err != nil || s.settled(w) {
			return s, err
		}
		select {
		case <-again.C:
		case <-deadline:
			return state{}, fmt.Errorf("the state did not settle within a minute: %+v", s)
		}
	}
}

// settled reports whether the system has finished what it does later. An IPv6 address
// is tentative for a moment even without duplicate address detection, and a daemon
// ends after its link. Devices without a file belong to other namespaces.
func (s state) settled(w *world) bool {
	links := make(map[string]bool)
	for _, l := range s.Links {
		links[l.Name] = true
		if slices.ContainsFunc(l.Addresses, func(o object) bool { return o["tentative"] != nil }) {
			return false
		}
	}
	for device := range s.WireGuard {
		if !links[device] && w.conf(device) != "" {
			return false
		}
	}
	return true
}

// readers are the commands that read a state, by the part that they read. One shell
// runs all, since an emulated machine takes long to start programs.
var readers = [][2]string{
	{"addr", "ip -d -j address"},
	{"route4", "ip -4 -d -j route show table all"},
	{"route6", "ip -6 -d -j route show table all"},
	{"rule4", "ip -4 -j rule"},
	{"rule6", "ip -6 -j rule"},
	{"nft", "nft -j list ruleset"},
	{"iptables", "iptables-save"},
	{"ip6tables", "ip6tables-save"},
	{"sysctl", "sysctl " + strings.Join(sysctls, " ")},
	{"wg", `for i in $(wg show interfaces); do echo "$i"; wg showconf "$i"; echo "=== device"; done`},
}

// list runs the programs that read a state.
func (w *world) list() (listing, error) {
	var script strings.Builder
	for _, r := range readers {
		fmt.Fprintf(&script, "%s\necho '=== %s'\n", r[1], r[0])
	}
	out, err := w.shell(script.String())
	if err != nil {
		return listing{}, err
	}
	part := make(map[string]string)
	for _, r := range readers {
		part[r[0]], out, _ = strings.Cut(out, "=== "+r[0]+"\n")
	}
	l := listing{
		Addr: list(part["addr"]), Route4: list(part["route4"]), Route6: list(part["route6"]),
		Rule4: list(part["rule4"]), Rule6: list(part["rule6"]), NFT: json.RawMessage(part["nft"]),
		IPTables: part["iptables"], IP6Tables: part["ip6tables"],
		Sysctl: make(map[string]string), WireGuard: make(map[string]string), Log: make(map[string]string),
	}
	for line := range strings.Lines(part["sysctl"]) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		l.Sysctl[name] = value
	}
	devices := strings.Split(part["wg"], "=== device\n")
	for _, device := range devices[:len(devices)-1] {
		name, showconf, _ := strings.Cut(device, "\n")
		l.WireGuard[name] = withoutPort(showconf, w.conf(name))
	}
	return l, w.readLog(l.Log)
}

// list returns the output of ip, which prints nothing for an empty list.
func list(out string) json.RawMessage {
	if strings.TrimSpace(out) == "" {
		out = "[]"
	}
	return json.RawMessage(out)
}

// conf returns the configuration file of a device.
func (w *world) conf(name string) string {
	var text []byte
	w.Do(func() (err error) {
		text, err = os.ReadFile(confPath(name))
		return err
	})
	return string(text)
}

func confPath(name string) string { return "/etc/wireguard/" + name + ".conf" }

// readLog reads the files that hooks and stand-ins wrote.
func (w *world) readLog(files map[string]string) error {
	return w.Do(func() error {
		entries, err := os.ReadDir(logDir)
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		for _, e := range entries {
			text, err := os.ReadFile(filepath.Join(logDir, e.Name()))
			if err != nil {
				return err
			}
			files[e.Name()] = string(text)
		}
		return nil
	})
}
