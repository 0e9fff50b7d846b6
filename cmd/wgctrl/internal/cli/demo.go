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

// demoTimeout is the longest time the demo may take. It normally takes less than a
// second; a lost handshake packet is sent again after 5 s.
const demoTimeout = 10 * time.Second

var errDemoTimeout = fmt.Errorf("the demo did not finish within %v; is the loopback interface up?", demoTimeout)

const demoLong = `demo runs two wireguard-go devices in this process and connects them by a tunnel over
the loopback interface. It configures them, changes one while packets flow, and
shows both. It needs no root, touches no other device and removes what it creates.`

func newDemo(*clientFlags) *cobra.Command {
	return &cobra.Command{
		Use:               "demo",
		Short:             "Try a tunnel between two devices in this process, without root",
		Long:              demoLong,
		Example:           "  wgctrl demo",
		Annotations:       undoes(),
		ValidArgsFunction: noCompletion,
		Args:              exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), demoTimeout, errDemoTimeout)
			defer cancel()
			return runDemo(ctx, cmd.OutOrStdout())
		},
	}
}

// demoStep is a step of the demo: a description, and a function that runs it and
// describes the outcome.
type demoStep struct {
	description string
	run         func(context.Context) (outcome string, err error)
}

// runDemo runs the steps of the demo. It always removes what it created.
func runDemo(ctx context.Context, out io.Writer) (err error) {
	d := &demo{out: out}
	defer func() { err = errors.Join(err, d.close()) }()
	steps := d.steps()
	for i, s := range steps {
		fmt.Fprintf(out, "%d/%d %s", i+1, len(steps), s.description)
		outcome, err := s.run(ctx)
		if err != nil {
			fmt.Fprintln(out, ": failed")
			return contextError(ctx, err)
		}
		fmt.Fprintf(out, ": %s\n", outcome)
	}
	return nil
}

// contextError returns err, or why ctx ended if it has.
func contextError(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); cause == errDemoTimeout {
		return cause
	}
	return errors.New("the demo was interrupted; everything it created is removed")
}

// roundTrips is the number of questions and answers sent in a step.
const roundTrips = 100

// extraNet is the prefix added while packets flow. It is reserved for documentation
// (RFC 5737).
var extraNet = netip.MustParsePrefix("192.0.2.0/24")

// demo has two devices and the Client that configures them.
type demo struct {
	out        io.Writer
	devices    *demoDevices
	client     *wgctrl.Client
	alice, bob *tunnelEnd
	handshake  time.Time // alice's, before the change
}

func (d *demo) steps() []demoStep {
	return []demoStep{
		{"start two wireguard-go devices in this process", d.start},
		{"generate their keys and let the system choose their UDP ports", d.setKeys},
		{"make them each other's peers over 127.0.0.1", d.setPeers},
		{"send UDP packets through the tunnel, both ways", d.exchange},
		{fmt.Sprintf("while packets flow, add %s to the allowed IPs of bob on alice", extraNet), d.change},
		{"read both devices back", d.readBack},
		{"close everything", d.finish},
	}
}

func (d *demo) start(context.Context) (string, error) {
	var err error
	if d.devices, err = newDemoDevices(); err != nil {
		return "", err
	}
	if d.alice, err = d.devices.add("alice", netip.MustParseAddr("10.0.0.1")); err != nil {
		return "", err
	}
	if d.bob, err = d.devices.add("bob", netip.MustParseAddr("10.0.0.2")); err != nil {
		return "", err
	}
	d.client, err = wgctrl.New(d.devices.options()...)
	return "alice and bob, " + d.devices.where(), err
}

func (d *demo) setKeys(ctx context.Context) (string, error) {
	for _, e := range []*tunnelEnd{d.alice, d.bob} {
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

// setPeers makes the devices peers. bob needs no endpoint: it learns alice's from
// the first packet.
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

// change adds a prefix to a peer and checks that packets reach it. readBack checks
// by the handshake that the session was kept.
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
	err := sendPacket(ctx, d.alice, d.bob, to, []byte("to the new prefix"))
	return fmt.Sprintf("%d round trips succeeded meanwhile, and a packet reached %s", flow.trips.Load(), to), err
}

func (d *demo) readBack(ctx context.Context) (string, error) {
	var states []*wgtypes.Device
	for _, e := range []*tunnelEnd{d.alice, d.bob} {
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
		return "", errors.New("the change caused a new handshake")
	}
	return "the session survived the change\n\n" + demoTable(states, time.Now()), nil
}

// handshakeOf returns the time of the last handshake of d's only peer. It fails if
// there was no handshake or no traffic.
func handshakeOf(d *wgtypes.Device) (time.Time, error) {
	if len(d.Peers) != 1 {
		return time.Time{}, fmt.Errorf("%s has %d peers, want 1", d.Name, len(d.Peers))
	}
	p := d.Peers[0]
	if p.LastHandshake.IsZero() || p.ReceiveBytes == 0 || p.TransmitBytes == 0 {
		return time.Time{}, fmt.Errorf("%s reports no handshake or no traffic although packets arrived", d.Name)
	}
	return p.LastHandshake, nil
}

func (d *demo) finish(context.Context) (string, error) { return "nothing is left", d.close() }

// close closes everything. It may be called at any time and more than once.
func (d *demo) close() error {
	var errs []error
	if d.client != nil {
		errs = append(errs, d.client.Close())
	}
	if d.devices != nil {
		errs = append(errs, d.devices.close())
	}
	return errors.Join(errs...)
}

// demoTable returns a table of devices that have one peer each.
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
