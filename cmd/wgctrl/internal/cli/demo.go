package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// demoTimeout bounds the demo, which takes a fraction of a second. It is more
// than the 5 s after which a handshake whose packet was lost is tried again.
const demoTimeout = 10 * time.Second

var errDemoTimeout = fmt.Errorf("the demo did not end within %v", demoTimeout)

const demoLong = `demo runs two real wireguard-go devices in this process and joins them by a
tunnel over the loopback interface. It configures them as any daemon is
configured, changes one while packets flow, and shows both. It needs no root,
touches no other device and leaves nothing behind.`

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Try a tunnel between two devices in this process, without root",
		Long:  demoLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), demoTimeout, errDemoTimeout)
			defer cancel()
			return runDemo(ctx, cmd.OutOrStdout())
		},
	}
}

// step is a part of the demo: what it is going to do, and a function that does
// it and returns what came of it.
type step struct {
	intent string
	run    func(context.Context) (outcome string, err error)
}

// runDemo takes the steps of the demo. Whatever happens, nothing is left.
func runDemo(ctx context.Context, out io.Writer) (err error) {
	d := &demo{out: out}
	defer func() { err = errors.Join(err, d.close()) }()
	steps := d.steps()
	for i, s := range steps {
		fmt.Fprintf(out, "%d/%d %s", i+1, len(steps), s.intent)
		outcome, err := s.run(ctx)
		if err != nil {
			fmt.Fprintln(out, ": failed")
			return contextError(ctx, err)
		}
		fmt.Fprintf(out, ": %s\n", outcome)
	}
	return nil
}

// contextError returns why a step failed, which is ctx's reason once ctx has ended.
func contextError(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); cause == errDemoTimeout {
		return cause
	}
	return errors.New("the demo was interrupted; nothing is left of it")
}

// roundTrips is how often a question and its answer pass the tunnel in a step.
const roundTrips = 100

// extraNet is the prefix that is added while packets flow. It is reserved for
// documentation (RFC 5737).
var extraNet = netip.MustParsePrefix("192.0.2.0/24")

// demo is two devices, and the Client that configures them.
type demo struct {
	out        io.Writer
	stage      *stage
	client     *wgctrl.Client
	alice, bob *end
	handshake  time.Time // alice's, before the change
}

func (d *demo) steps() []step {
	return []step{
		{"start two wireguard-go devices in this process", d.start},
		{"generate their keys and let the system choose their UDP ports", d.setKeys},
		{"make them each other's peers over 127.0.0.1", d.setPeers},
		{"send UDP packets through the tunnel, both ways", d.exchange},
		{fmt.Sprintf("while packets flow, give %s to bob on alice", extraNet), d.change},
		{"read both devices back", d.readBack},
		{"close everything", d.finish},
	}
}

func (d *demo) start(context.Context) (string, error) {
	var err error
	if d.stage, err = newStage(); err != nil {
		return "", err
	}
	if d.alice, err = d.stage.add("alice", netip.MustParseAddr("10.0.0.1")); err != nil {
		return "", err
	}
	if d.bob, err = d.stage.add("bob", netip.MustParseAddr("10.0.0.2")); err != nil {
		return "", err
	}
	d.client, err = wgctrl.New(d.stage.options()...)
	return "alice and bob, " + d.stage.where(), err
}

func (d *demo) setKeys(ctx context.Context) (string, error) {
	for _, e := range []*end{d.alice, d.bob} {
		var err error
		if e.key, err = wgtypes.GeneratePrivateKey(); err != nil {
			return "", err
		}
		config := wgtypes.Config{PrivateKey: &e.key, ListenPort: new(uint16(0))}
		if err := d.client.ConfigureDevice(ctx, e.name, config); err != nil {
			return "", err
		}
		state, err := d.client.Device(ctx, e.name)
		if err != nil {
			return "", err
		}
		e.port = state.ListenPort
	}
	return fmt.Sprintf("alice has %d, bob %d", d.alice.port, d.bob.port), nil
}

// setPeers tells bob no endpoint: he learns it from alice's first packet.
func (d *demo) setPeers(ctx context.Context) (string, error) {
	bob, alice := d.bob.asPeer(), d.alice.asPeer()
	bob.Endpoint = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), d.bob.port)
	if err := d.client.ConfigureDevice(ctx, "alice", wgtypes.Config{Peers: []wgtypes.PeerConfig{bob}}); err != nil {
		return "", err
	}
	err := d.client.ConfigureDevice(ctx, "bob", wgtypes.Config{Peers: []wgtypes.PeerConfig{alice}})
	return fmt.Sprintf("alice is %s in the tunnel, bob %s", d.alice.addr, d.bob.addr), err
}

func (d *demo) exchange(ctx context.Context) (string, error) {
	began := time.Now()
	for i := range roundTrips {
		if err := roundTrip(ctx, d.alice, d.bob, i); err != nil {
			return "", err
		}
	}
	state, err := d.client.Device(ctx, "alice")
	if err != nil {
		return "", err
	}
	d.handshake, err = handshakeOf(state)
	took := time.Since(began).Round(100 * time.Microsecond)
	return fmt.Sprintf("a handshake and %d round trips in %v", roundTrips, took), err
}

// change adds a prefix to one peer of one device, and proves by a packet that
// it is in force and by the handshake that the session was not touched.
func (d *demo) change(ctx context.Context) (string, error) {
	flow := startTraffic(ctx, d.alice, d.bob)
	defer flow.stop()
	if err := flow.await(ctx, roundTrips/2); err != nil {
		return "", err
	}
	bob := wgtypes.PeerConfig{PublicKey: d.bob.key.PublicKey(), UpdateOnly: true, AllowedIPs: []netip.Prefix{extraNet}}
	if err := d.client.ConfigureDevice(ctx, "alice", wgtypes.Config{Peers: []wgtypes.PeerConfig{bob}}); err != nil {
		return "", err
	}
	if err := flow.await(ctx, roundTrips/2); err != nil {
		return "", err
	}
	if err := flow.stop(); err != nil {
		return "", err
	}
	to := extraNet.Addr().Next()
	err := pass(ctx, d.alice, d.bob, to, []byte("to the new prefix"))
	return fmt.Sprintf("%d round trips went on, and %s is reached", flow.trips.Load(), to), err
}

func (d *demo) readBack(ctx context.Context) (string, error) {
	var states []*wgtypes.Device
	for _, e := range []*end{d.alice, d.bob} {
		state, err := d.client.Device(ctx, e.name)
		if err != nil {
			return "", err
		}
		if _, err := handshakeOf(state); err != nil {
			return "", err
		}
		states = append(states, state)
	}
	if !states[0].Peers[0].LastHandshake.Equal(d.handshake) {
		return "", errors.New("the change made a new handshake necessary")
	}
	return "the session survived the change\n\n" + demoTable(states, time.Now()), nil
}

// handshakeOf returns when the only peer of d shook hands. It is an error if it
// did not, or if no packet came or went.
func handshakeOf(d *wgtypes.Device) (time.Time, error) {
	if len(d.Peers) != 1 {
		return time.Time{}, fmt.Errorf("%s has %d peers, not 1", d.Name, len(d.Peers))
	}
	p := d.Peers[0]
	if p.LastHandshake.IsZero() || p.ReceiveBytes == 0 || p.TransmitBytes == 0 {
		return time.Time{}, fmt.Errorf("%s: no handshake or no traffic, yet packets arrived", d.Name)
	}
	return p.LastHandshake, nil
}

func (d *demo) finish(context.Context) (string, error) { return "nothing is left", d.close() }

// close ends what was begun. It may be called at any time, and twice.
func (d *demo) close() error {
	var errs []error
	if d.client != nil {
		errs = append(errs, d.client.Close())
	}
	if d.stage != nil {
		errs = append(errs, d.stage.close())
	}
	return errors.Join(errs...)
}

// demoTable shows devices that have one peer each.
func demoTable(devices []*wgtypes.Device, now time.Time) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  DEVICE\tPORT\tPEER'S ENDPOINT\tALLOWED IPS\tHANDSHAKE\tRECEIVED\tSENT")
	for _, d := range devices {
		p := d.Peers[0]
		age := now.Sub(p.LastHandshake).Round(time.Millisecond)
		fmt.Fprintf(table, "  %s\t%d\t%s\t%s\t%v ago\t%d B\t%d B\n",
			d.Name, d.ListenPort, p.Endpoint, prefixes(p), age, p.ReceiveBytes, p.TransmitBytes)
	}
	table.Flush()
	return b.String()
}

func prefixes(p wgtypes.Peer) string {
	var texts []string
	for _, prefix := range p.AllowedIPs {
		texts = append(texts, prefix.String())
	}
	return strings.Join(texts, ", ")
}
