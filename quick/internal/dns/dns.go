// Package dns sets the DNS servers of an interface with the programs of the system:
// resolvconf(8), as wg-quick does, or resolvectl(1) where it is missing.
package dns

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/quick/internal/program"
)

// Config is what the resolver uses while the interface is up.
type Config struct {
	// Servers are the DNS servers. Without a server, Search has no effect.
	Servers []netip.Addr
	// Search are the search domains.
	Search []string
	// Split says that the servers are for names in the search domains only. The
	// servers of other interfaces resolve the other names.
	Split bool
}

// Record is what the resolver knows an interface by. It does not change while the
// interface is up, even if another program is installed.
type Record struct {
	// Program is "resolvconf" or "resolvectl".
	Program string `json:"program"`
	// Name is the name of the interface, for resolvconf with the prefix of
	// /etc/resolvconf/interface-order.
	Name string `json:"name"`
}

// The values of Record.Program.
const (
	resolvconf = "resolvconf"
	resolvectl = "resolvectl"
)

// ErrNoProgram means that no program can set DNS servers.
var ErrNoProgram = errors.New("no program can set DNS servers: install resolvconf (openresolv), or start systemd-resolved")

// Find returns the Record that Set would use. It checks everything that Set can
// refuse, but changes nothing. Errors wrap ErrNoProgram or fs.ErrInvalid.
func (s System) Find(ctx context.Context, ifname string, c Config) (Record, error) {
	if err := Check(ifname, c); err != nil {
		return Record{}, err
	}
	if path, err := s.runner().LookPath(resolvconf); err == nil {
		return Record{resolvconf, s.prefix(path) + ifname}, nil
	}
	if _, err := s.runner().LookPath(resolvectl); err != nil {
		return Record{}, ErrNoProgram
	}
	// Without systemd-resolved, resolvectl fails. Otherwise it prints all servers.
	s.Stdout = nil
	if err := s.runner().Run(ctx, program.Command{Words: []string{resolvectl, "dns"}}); err != nil {
		return Record{}, fmt.Errorf("%w (%w)", ErrNoProgram, err)
	}
	return Record{resolvectl, ifname}, nil
}

// prefix returns the prefix of the names of VPN interfaces, such as "tun.". The
// resolvconf of Debian sorts its records by such prefixes. The other programs have
// no such file, or are symbolic links to resolvectl.
func (s System) prefix(program string) string {
	if info, err := os.Lstat(program); err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return ""
	}
	text, err := os.ReadFile(filepath.Join("/", s.Root, "etc/resolvconf/interface-order"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		word, ok := strings.CutSuffix(strings.Trim(line, " \t\n"), "*")
		if ok && word != "" && strings.Trim(word, alphanumeric+"-") == "" {
			return word + "."
		}
	}
	return ""
}

// removeTime is how long the removal of a record may take that could not be set.
const removeTime = 10 * time.Second

// Set gives the servers to the resolver. If it fails, it removes the record.
func (s System) Set(ctx context.Context, r Record, c Config) error {
	for _, command := range r.setCommands(c) {
		if err := s.runner().Run(ctx, command); err != nil {
			// The reason of the failure is what the caller needs.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTime)
			defer cancel()
			_ = s.Remove(ctx, r)
			return explain(err)
		}
	}
	return nil
}

// Remove removes the record. It succeeds if the record does not exist, also because
// the interface does not.
func (s System) Remove(ctx context.Context, r Record) error {
	err := s.runner().Run(ctx, r.removeCommand())
	if r.Program == resolvectl && err != nil && strings.Contains(err.Error(), "No such device") {
		return nil // the record went with the interface
	}
	return err
}

// SetCommands returns the words of the commands that Set runs.
func (r Record) SetCommands(c Config) [][]string {
	var all [][]string
	for _, command := range r.setCommands(c) {
		all = append(all, command.Words)
	}
	return all
}

// RemoveCommand returns the words of the command that Remove runs.
func (r Record) RemoveCommand() []string { return r.removeCommand().Words }

func (r Record) setCommands(c Config) []program.Command {
	if r.Program == resolvconf {
		// -m 0 and -x make openresolv use only these servers. With -p, it and
		// systemd-resolved use them for the search domains only.
		options := []string{"-m", "0", "-x"}
		if c.Split {
			options = []string{"-p"}
		}
		return []program.Command{{Words: append([]string{resolvconf, "-a", r.Name}, options...), Input: c.ResolvConf()}}
	}
	servers := []string{resolvectl, "dns", "--", r.Name}
	for _, a := range c.Servers {
		servers = append(servers, a.String())
	}
	domains := append([]string{resolvectl, "domain", "--", r.Name}, c.Search...)
	defaultRoute := "no"
	if !c.Split {
		// The domain "~." sends all queries to these servers.
		domains, defaultRoute = append(domains, "~."), "yes"
	}
	return []program.Command{
		{Words: servers},
		{Words: domains},
		{Words: []string{resolvectl, "default-route", "--", r.Name, defaultRoute}},
	}
}

func (r Record) removeCommand() program.Command {
	if r.Program == resolvconf {
		return program.Command{Words: []string{resolvconf, "-d", r.Name, "-f"}}
	}
	return program.Command{Words: []string{resolvectl, "revert", "--", r.Name}}
}

// ResolvConf returns c in the format of resolv.conf(5), which resolvconf reads.
func (c Config) ResolvConf() string {
	var b strings.Builder
	for _, a := range c.Servers {
		fmt.Fprintf(&b, "nameserver %s\n", a)
	}
	if len(c.Search) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(c.Search, " "))
	}
	return b.String()
}

// explain adds a remedy to an error of openresolv.
func explain(err error) error {
	_, file, ok := strings.Cut(err.Error(), "signature mismatch: ")
	if !ok {
		return err
	}
	file, _, _ = strings.Cut(file, "\n")
	return fmt.Errorf("%w: another program wrote %s; run resolvconf -u to let resolvconf replace it", err, file)
}
