package quickcompare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sysctls are the settings in a state.
var sysctls = []string{"net.ipv4.conf.all.rp_filter", "net.ipv4.conf.all.src_valid_mark"}

// state reads the state of a world. It waits for the kernel to finish what it does
// later: an IPv6 address is tentative for a moment even without duplicate address
// detection.
func (w *world) state() (state, error) {
	deadline := time.After(patience)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		l, err := w.list()
		if err != nil {
			return state{}, err
		}
		if !bytes.Contains(l.Addr, []byte(`"tentative":true`)) {
			return reduce(l)
		}
		select {
		case <-again.C:
		case <-deadline:
			return state{}, fmt.Errorf("after %v addresses are tentative: %s", patience, l.Addr)
		}
	}
}

// list runs the programs that read a state.
func (w *world) list() (listing, error) {
	l := listing{Sysctl: make(map[string]string), WireGuard: make(map[string]string), Log: make(map[string]string)}
	var err error
	read := func(script string) string {
		if err != nil {
			return ""
		}
		var out string
		out, err = w.shell(script)
		return out
	}
	readJSON := func(script string) json.RawMessage {
		if out := read(script); out != "" {
			return json.RawMessage(out)
		}
		return json.RawMessage("[]") // ip prints nothing for an empty list
	}
	l.Addr = readJSON("ip -d -j address")
	l.Route4 = readJSON("ip -4 -d -j route show table all")
	l.Route6 = readJSON("ip -6 -d -j route show table all")
	l.Rule4 = readJSON("ip -4 -j rule")
	l.Rule6 = readJSON("ip -6 -j rule")
	l.NFT = readJSON("nft -j list ruleset")
	l.IPTables = read("iptables-save")
	l.IP6Tables = read("ip6tables-save")
	for _, name := range sysctls {
		l.Sysctl[name] = strings.TrimSpace(read("sysctl -n " + name))
	}
	for name := range strings.FieldsSeq(read("wg show interfaces")) {
		l.WireGuard[name] = withoutPort(read("wg showconf "+name), w.conf(name))
	}
	if err != nil {
		return listing{}, err
	}
	return l, w.readLog(l.Log)
}

// conf returns the configuration file of a device.
func (w *world) conf(name string) string {
	var text []byte
	w.do(func() (err error) {
		text, err = os.ReadFile(confPath(name))
		return err
	})
	return string(text)
}

func confPath(name string) string { return "/etc/wireguard/" + name + ".conf" }

// readLog reads the files that hooks and stand-ins wrote.
func (w *world) readLog(files map[string]string) error {
	return w.do(func() error {
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
