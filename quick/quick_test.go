package quick

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"wg0", "a", "A_=+.-9", "fifteen-letters"} {
		if err := checkName(name); err != nil {
			t.Errorf("checkName(%q) = %v, want nil", name, err)
		}
	}
	for _, name := range []string{"", "sixteen-letters-", "wg/0", "../wg0", "wg 0", "wg0\n", "wgé", "wg%d", "$(id)"} {
		if err := checkName(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("checkName(%q) = %v, want fs.ErrInvalid", name, err)
		}
	}
}

func TestPlanInvalidVerb(t *testing.T) {
	t.Parallel()
	tunnel := &Tunnel{Name: "wg0", Settings: new(wgconf.Settings)}
	if steps, err := Plan(t.Context(), nil, VerbSave+1, tunnel, Options{}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Plan(VerbSave+1) = %v, %v, want fs.ErrInvalid", steps, err)
	}
}

// names is a resolver that knows one name.
type names string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host == string(n) {
		return []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, 1})}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// A host name that does not resolve stops up, unless it is resolved later.
func TestResolveNames(t *testing.T) {
	t.Parallel()
	const text = `[Peer]
PublicKey = AELCrzVmu89WtJ5Cwl5WPpl5h5ivD2qYjdZLB+Qj9D4=
Endpoint = known.example:1
[Peer]
PublicKey = Czs6bue3sQsgnEyL/VnaTLk+nt2dJcirQ3ltlMSJIgk=
Endpoint = unknown.example:2
`
	settings, err := wgconf.Parse("", []byte(text)).Settings(wgconf.DialectWGQuick)
	if err != nil {
		t.Fatal(err)
	}
	tunnel := &Tunnel{Name: "wg0", Settings: settings}
	var warnings []string
	o := &Options{
		Resolve:   resolve.Options{Resolver: names("known.example")},
		OnWarning: func(err error) { warnings = append(warnings, err.Error()) },
	}
	if _, err := resolveNames(t.Context(), tunnel, o); err == nil || !strings.Contains(err.Error(), "unknown.example") {
		t.Errorf("resolveNames = %v, want an error about unknown.example", err)
	}
	o.ResolveLater = true
	got, err := resolveNames(t.Context(), tunnel, o)
	if err != nil || got.Peers[0].Endpoint.Host != "192.0.2.1" || got.Peers[1].Endpoint.Host != "" {
		t.Errorf("resolveNames with ResolveLater = %v, %v, want the endpoint of the first peer", got.Peers, err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "unknown.example") {
		t.Errorf("warnings = %q, want one about unknown.example", warnings)
	}
	if settings.Peers[0].Endpoint.Host != "known.example" {
		t.Errorf("Settings have the endpoint %v, want known.example:1", settings.Peers[0].Endpoint)
	}
}
