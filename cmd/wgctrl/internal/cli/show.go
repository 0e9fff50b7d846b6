package cli

import (
	"errors"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/awgparam"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// runShowJSON runs show --json. showArgs has checked the arguments.
func runShowJSON(cmd *cobra.Command, cf *clientFlags, args []string, keys bool, peers peerView) error {
	v := viewer{show: fieldAll, keys: keys, peers: peers}
	if len(args) == 2 {
		v.show, _ = fieldOf(args[1]) // showArgs has checked it
	}
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	shown, done := cf.showProgress(cmd.ErrOrStderr())
	return shown.run(cmd, func(c *wgctrl.Client) error {
		switch {
		case len(args) == 0 || args[0] == "all":
			devices, err := c.Devices(ctx)
			done()
			return errors.Join(err, v.writeDevices(out, devices))
		case args[0] == "interfaces":
			refs, err := c.List(ctx)
			done()
			if refs == nil {
				refs = []wgtypes.DeviceRef{}
			}
			return errors.Join(err, writeJSON(out, refs))
		}
		d, err := c.Device(ctx, args[0])
		done()
		if err != nil {
			return err
		}
		return v.writeDevice(out, d)
	})
}

// field is a set of the fields of show.
type field uint64

const (
	fieldPublicKey field = 1 << iota
	fieldPrivateKey
	fieldListenPort
	fieldFwMark
	fieldPeers
	fieldPresharedKeys
	fieldEndpoints
	fieldAllowedIPs
	fieldHandshakes
	fieldTransfer
	fieldKeepalive
	fieldParameter // the first parameter of AmneziaWG; the others follow

	fieldAll      = ^field(0)
	fieldsOfPeers = fieldPeers | fieldPresharedKeys | fieldEndpoints | fieldAllowedIPs |
		fieldHandshakes | fieldTransfer | fieldKeepalive
	fieldParameters = fieldAll &^ (fieldParameter - 1)
)

// shownField is a field of wg(8) or awg(8) and the members of the JSON form that it
// shows.
type shownField struct {
	name    string
	show    field
	members []wgtypes.Field
}

// fields returns the fields of wg(8), and those that awg(8) adds.
var fields = sync.OnceValue(func() []shownField { return slices.Concat(wgFields, amneziaFields()) })

// wgFields are the fields of wg(8).
var wgFields = []shownField{
	{"public-key", fieldPublicKey, []wgtypes.Field{wgtypes.FieldPublicKey}},
	{"private-key", fieldPrivateKey, []wgtypes.Field{wgtypes.FieldPrivateKey}},
	{"listen-port", fieldListenPort, []wgtypes.Field{wgtypes.FieldListenPort}},
	{"fwmark", fieldFwMark, []wgtypes.Field{wgtypes.FieldFirewallMark}},
	{"peers", fieldPeers, nil},
	{"preshared-keys", fieldPresharedKeys, []wgtypes.Field{wgtypes.FieldPresharedKey}},
	{"endpoints", fieldEndpoints, []wgtypes.Field{wgtypes.FieldEndpoint}},
	{"allowed-ips", fieldAllowedIPs, []wgtypes.Field{wgtypes.FieldAllowedIPs}},
	{"latest-handshakes", fieldHandshakes, []wgtypes.Field{wgtypes.FieldLastHandshake}},
	{"transfer", fieldTransfer, []wgtypes.Field{wgtypes.FieldReceiveBytes, wgtypes.FieldTransmitBytes}},
	{"persistent-keepalive", fieldKeepalive, []wgtypes.Field{wgtypes.FieldPersistentKeepalive, wgtypes.FieldPersistentKeepaliveMax}},
	{"dump", fieldAll, nil},
}

// amneziaFields returns the fields that awg(8) adds.
func amneziaFields() []shownField {
	var all []shownField
	for i, p := range wgtypes.AmneziaParameters() {
		all = append(all, shownField{awgparam.Word(p), fieldParameter << i, []wgtypes.Field{wgtypes.Field(p.Name())}})
	}
	return all
}

func (f field) has(one field) bool { return f&one != 0 }

// hasMember reports whether f shows a member of JSON. All fields together show
// every member.
func (f field) hasMember(name wgtypes.Field) bool {
	if f == fieldAll {
		return true
	}
	return slices.ContainsFunc(fields(), func(one shownField) bool {
		return f.has(one.show) && slices.Contains(one.members, name)
	})
}

// fieldOf returns the field with the name.
func fieldOf(name string) (field, bool) {
	for _, f := range fields() {
		if f.name == name {
			return f.show, true
		}
	}
	return 0, false
}
