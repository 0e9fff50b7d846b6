package exporter

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"github.com/spf13/pflag"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const usage = `Usage: wgctrl-exporter [flags]

Serve the state of the WireGuard devices of this machine to Prometheus.

Reading kernel devices needs CAP_NET_ADMIN on Linux, root on OpenBSD and an elevated
process on Windows. Reading userspace devices needs access to their sockets. A device
that cannot be read has an error metric; the others are still exported. By default,
the exporter listens on all addresses, without authentication: see
--web.listen-address and --web.config.file.

Flags:
`

// defaultAddress has the usual port of WireGuard exporters.
const defaultAddress = ":9586"

// config has the values of the flags.
type config struct {
	addresses []string
	webConfig string
	path      string

	places places
	names  []string

	maxPeers      int
	maxTotalPeers int
	noAllowedIPs  bool
	noEndpoints   bool
	timeout       time.Duration

	logLevel  slog.LevelVar
	logFormat string
	version   bool
}

// parse parses the arguments that follow the command's name. It returns
// pflag.ErrHelp after printing the usage to out.
func parse(args []string, out io.Writer) (*config, error) {
	c := new(config)
	f := pflag.NewFlagSet("wgctrl-exporter", pflag.ContinueOnError)
	f.SetOutput(out)
	f.SortFlags = false
	f.Usage = func() { fmt.Fprint(out, usage+f.FlagUsages()) }
	c.addTo(f)
	if err := f.Parse(args); err != nil {
		return nil, flagError(err)
	}
	if f.NArg() > 0 && len(c.names) == 0 {
		return nil, fmt.Errorf("unexpected argument %q: wgctrl-exporter takes only flags", f.Arg(0))
	}
	c.names = append(c.names, f.Args()...) // a pattern that the shell expanded
	if err := c.check(); err != nil {
		return nil, err
	}
	if f.Changed("max-peers") && c.maxPeers == 0 {
		c.maxPeers = -1 // the library's 0 is all
	}
	return c, nil
}

// flagError returns the error of a flag in the form of other errors.
func flagError(err error) error {
	invalid, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	cause := errors.Unwrap(invalid)
	if invalid.GetFlag().Name == "log.level" {
		cause = errors.New("must be debug, info, warn or error")
	}
	return fmt.Errorf("invalid --%s %q: %w", invalid.GetFlag().Name, invalid.GetValue(), cause)
}

func (c *config) addTo(f *pflag.FlagSet) {
	f.StringArrayVar(&c.addresses, "web.listen-address", []string{defaultAddress},
		"`address` to listen on, such as 127.0.0.1:9586; may be repeated. Port 0 selects a free port")
	f.StringVar(&c.webConfig, "web.config.file", "",
		"`file` that enables TLS and basic authentication: a web configuration file of the Prometheus exporter toolkit")
	f.StringVar(&c.path, "web.telemetry-path", "/metrics", "`path` of the metrics")
	f.StringArrayVar(&c.places.socketDirs, "socket-dir", nil,
		"`directory` with sockets of userspace devices; may be repeated; alone it also excludes AmneziaWG's directory")
	f.Lookup("socket-dir").DefValue = uapinet.SocketDir
	f.StringArrayVar(&c.places.amneziaDirs, "amnezia-socket-dir", nil,
		"`directory` with sockets of userspace devices of AmneziaWG; may be repeated")
	f.Lookup("amnezia-socket-dir").DefValue = uapinet.AmneziaSocketDir
	f.StringArrayVar(&c.places.backends, "backend", nil,
		"export only devices of this `kind`: "+backendList+"; may be repeated")
	f.StringVar(&c.places.netNS, "netns", "",
		"export the kernel devices of this network namespace: a `name` of ip-netns(8) or a path; does not affect userspace devices; needs CAP_SYS_ADMIN")
	f.StringArrayVar(&c.names, "names", nil,
		"configuration `files` with the names of peers in comments, as a pattern such as /etc/wireguard/*.conf; "+
			"may be repeated. Changed files are read again (default none)")
	f.IntVar(&c.maxPeers, "max-peers", 0, "export series for at most this `number` of peers per device; 0 for none (default all)")
	f.IntVar(&c.maxTotalPeers, "max-total-peers", wgprom.DefaultMaxTotalPeers,
		"export series for at most this `number` of peers in a scrape, of all devices together; limits the memory for series, not for reading the devices")
	f.BoolVar(&c.noAllowedIPs, "no-allowed-ips", false, "omit the series for allowed IPs")
	f.BoolVar(&c.noEndpoints, "no-endpoints", false, "omit the endpoints of peers")
	f.DurationVar(&c.timeout, "scrape-timeout", wgprom.DefaultTimeout,
		"largest `duration` of a scrape; Prometheus can ask for less")
	f.TextVar(&c.logLevel, "log.level", new(slog.LevelVar), "lowest `level` of messages that are logged: debug, info, warn or error")
	f.Lookup("log.level").DefValue = "info" // not INFO
	f.StringVar(&c.logFormat, "log.format", "logfmt", "`format` of messages: logfmt or json")
	f.BoolVar(&c.version, "version", false, "print the version")
}

func (c *config) check() error {
	switch {
	case len(c.addresses) == 0:
		return errors.New("missing address for --web.listen-address")
	case slices.Contains(c.addresses, ""): // package net would choose a port
		return errors.New(`invalid --web.listen-address "": must be HOST:PORT or :PORT`)
	case !strings.HasPrefix(c.path, "/"):
		return fmt.Errorf("invalid --web.telemetry-path %q: must begin with /", c.path)
	case c.maxPeers < 0:
		return fmt.Errorf("invalid --max-peers %d: must be 0 or more", c.maxPeers)
	case c.maxTotalPeers < 1:
		return fmt.Errorf("invalid --max-total-peers %d: must be 1 or more", c.maxTotalPeers)
	case c.timeout <= 0:
		return fmt.Errorf("invalid --scrape-timeout %v: must be more than 0", c.timeout)
	case c.logFormat != "logfmt" && c.logFormat != "json":
		return fmt.Errorf("invalid --log.format %q: must be logfmt or json", c.logFormat)
	}
	if c.webConfig == "" {
		return nil
	}
	if err := web.Validate(c.webConfig); err != nil {
		return fmt.Errorf("--web.config.file %s: %w", c.webConfig, err)
	}
	return nil
}

func (c *config) logger(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: &c.logLevel}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// places selects the devices to export.
type places struct {
	socketDirs  []string // nil for the library's default
	amneziaDirs []string // nil for the library's default
	backends    []string
	netNS       string // name or path; "" is that of the process
}

// backendKinds are the kinds that --backend can name, and backendList is their names.
var backendKinds = []wgtypes.Kind{
	wgtypes.KindKernel, wgtypes.KindAmneziaKernel, wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace,
}

const backendList = "kernel, amneziawg-kernel, userspace or amneziawg-userspace"

// client returns a Client for the devices that p selects.
func (p places) client() (*wgctrl.Client, error) {
	var opts []wgctrl.Option
	if p.socketDirs != nil {
		opts = append(opts, wgctrl.WithSocketDirs(p.socketDirs...))
	}
	if p.amneziaDirs != nil {
		opts = append(opts, wgctrl.WithAmneziaSocketDirs(p.amneziaDirs...))
	}
	if len(p.backends) > 0 {
		kinds, err := p.kinds()
		if err != nil {
			return nil, err
		}
		opts = append(opts, wgctrl.WithBackends(kinds...))
	}
	if p.netNS != "" {
		opts = append(opts, wgctrl.WithNetNSName(p.netNS))
	}
	return wgctrl.New(opts...)
}

func (p places) kinds() ([]wgtypes.Kind, error) {
	var kinds []wgtypes.Kind
	for _, name := range p.backends {
		i := slices.IndexFunc(backendKinds, func(k wgtypes.Kind) bool { return k.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("invalid --backend %q: must be %s", name, backendList)
		}
		kinds = append(kinds, backendKinds[i])
	}
	return kinds, nil
}
