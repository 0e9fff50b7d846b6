package quickcompare

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A state is what a test compares, in a form that does not depend on numbers that
// the kernel chooses, nor on the order of routes and addresses.
type state struct {
	Links     []link            `json:"links"`
	Routes4   []object          `json:"routes4"`
	Routes6   []object          `json:"routes6"`
	Rules4    []object          `json:"rules4"`
	Rules6    []object          `json:"rules6"`
	NFT       []object          `json:"nft"`
	IPTables  []string          `json:"iptables"`
	IP6Tables []string          `json:"ip6tables"`
	Sysctl    map[string]string `json:"sysctl"`
	WireGuard map[string]string `json:"wireguard"`
	Log       map[string]string `json:"log,omitempty"`
}

// An object is a JSON object of ip or nft.
type object map[string]any

// A link is a network interface.
type link struct {
	Name      string   `json:"name"`
	MTU       int      `json:"mtu"`
	Up        bool     `json:"up"`
	Addresses []object `json:"addresses"`
}

// A listing is the output of the programs that read the state.
type listing struct {
	Addr      json.RawMessage   `json:"addr"`
	Route4    json.RawMessage   `json:"route4"`
	Route6    json.RawMessage   `json:"route6"`
	Rule4     json.RawMessage   `json:"rule4"`
	Rule6     json.RawMessage   `json:"rule6"`
	NFT       json.RawMessage   `json:"nft_json"`
	IPTables  string            `json:"iptables_save"`
	IP6Tables string            `json:"ip6tables_save"`
	Sysctl    map[string]string `json:"sysctl"`
	WireGuard map[string]string `json:"wg"` // showconf by the name of the device
	Log       map[string]string `json:"log"`
}

// reduce returns the state in a listing.
func reduce(l listing) (state, error) {
	s := state{
		IPTables: reduceTables(l.IPTables), IP6Tables: reduceTables(l.IP6Tables),
		Sysctl: l.Sysctl, WireGuard: make(map[string]string), Log: l.Log,
	}
	var err error
	if s.Links, err = reduceLinks(l.Addr); err != nil {
		return state{}, fmt.Errorf("addresses: %w", err)
	}
	for _, list := range []struct {
		from json.RawMessage
		to   *[]object
	}{{l.Route4, &s.Routes4}, {l.Route6, &s.Routes6}, {l.Rule4, &s.Rules4}, {l.Rule6, &s.Rules6}} {
		if err := json.Unmarshal(list.from, list.to); err != nil {
			return state{}, fmt.Errorf("%.100s: %w", list.from, err)
		}
	}
	reduceRoutes(s.Routes4)
	reduceRoutes(s.Routes6)
	if s.NFT, err = reduceNFT(l.NFT); err != nil {
		return state{}, fmt.Errorf("nft: %w", err)
	}
	for name, conf := range l.WireGuard {
		s.WireGuard[name] = reduceConf(conf)
	}
	return s, nil
}

// An address is an element of "ip -d -j address".
type address struct {
	Name      string   `json:"ifname"`
	MTU       int      `json:"mtu"`
	Flags     []string `json:"flags"`
	Addresses []object `json:"addr_info"`
}

// forever is the lifetime of an address that does not end.
const forever = float64(1<<32 - 1)

// reduceLinks returns the links by name.
func reduceLinks(raw json.RawMessage) ([]link, error) {
	var all []address
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	links := []link{}
	for _, a := range all {
		for _, o := range a.Addresses {
			delete(o, "protocol") // of the kernel's own addresses; older kernels lack it
			for _, name := range []string{"valid_life_time", "preferred_life_time"} {
				if o[name] == forever {
					delete(o, name)
				}
			}
		}
		sortObjects(a.Addresses)
		links = append(links, link{a.Name, a.MTU, slices.Contains(a.Flags, "UP"), a.Addresses})
	}
	slices.SortFunc(links, func(a, b link) int { return strings.Compare(a.Name, b.Name) })
	return links, nil
}

// reduceRoutes sorts the routes.
func reduceRoutes(routes []object) {
	for _, r := range routes {
		if flags, _ := r["flags"].([]any); len(flags) == 0 {
			delete(r, "flags")
		}
	}
	sortObjects(routes)
}

func sortObjects(all []object) {
	slices.SortFunc(all, func(a, b object) int { return strings.Compare(text(a), text(b)) })
}

// text returns JSON with sorted keys.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// reduceNFT returns the tables, chains and rules sorted by table. The order of
// chains and rules in a table stays.
func reduceNFT(raw json.RawMessage) ([]object, error) {
	var ruleset struct {
		NFTables []object `json:"nftables"`
	}
	if err := json.Unmarshal(raw, &ruleset); err != nil {
		return nil, err
	}
	kept := []object{}
	for _, o := range ruleset.NFTables {
		if o["metainfo"] == nil {
			withoutNumbers(map[string]any(o))
			kept = append(kept, o)
		}
	}
	slices.SortStableFunc(kept, func(a, b object) int { return strings.Compare(tableOf(a), tableOf(b)) })
	return kept, nil
}

// withoutNumbers removes handles and the counts of counters.
func withoutNumbers(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "handle")
		delete(v, "index")
		for key, member := range v {
			if key == "counter" {
				v[key] = nil
			}
			withoutNumbers(member)
		}
	case []any:
		for _, element := range v {
			withoutNumbers(element)
		}
	}
}

// tableOf returns the family and the table of an object of nft.
func tableOf(o object) string {
	for kind, v := range o {
		m, _ := v.(map[string]any)
		name := m["table"]
		if kind == "table" {
			name = m["name"]
		}
		return fmt.Sprint(m["family"], " ", name)
	}
	return ""
}

var counts = regexp.MustCompile(` \[\d+:\d+\]$`)

// reduceTables returns the lines of iptables-save without comments and counts.
func reduceTables(text string) []string {
	lines := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, counts.ReplaceAllString(line, ""))
		}
	}
	return lines
}

// reduceConf sorts the peers of a configuration.
func reduceConf(text string) string {
	parts := strings.Split(strings.TrimSpace(text), "\n\n")
	slices.Sort(parts[1:])
	return strings.Join(parts, "\n\n") + "\n"
}

var listenPort = regexp.MustCompile(`ListenPort = \d+\n`)

// withoutPort removes the listening port, if the kernel chose it.
func withoutPort(showconf, conf string) string {
	if strings.Contains(conf, "ListenPort") {
		return showconf
	}
	return listenPort.ReplaceAllString(showconf, "")
}
