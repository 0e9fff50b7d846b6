package e2e_test

import (
	"encoding/json"
	"encoding/xml"
	"expvar"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/davecgh/go-spew/spew"
	"github.com/google/go-cmp/cmp"
	"github.com/kr/pretty"
	"github.com/rs/zerolog"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"gopkg.in/yaml.v3"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// messages is a TestingT of testify that collects the messages of failures.
type messages struct{ strings.Builder }

func (m *messages) Errorf(format string, args ...any) { fmt.Fprintf(m, format, args...) }

// zapped returns what a zap logger with an encoder logs.
func zapped(encoder zapcore.Encoder, log func(*zap.Logger)) string {
	var b strings.Builder
	log(zap.New(zapcore.NewCore(encoder, zapcore.AddSync(&b), zapcore.DebugLevel)))
	return b.String()
}

// printers are packages that print any value. other is a different value of the
// same type, for those that print differences.
var printers = map[string]func(v, other any) string{
	"fmt %v":        func(v, _ any) string { return fmt.Sprintf("%v", v) },
	"fmt %+v":       func(v, _ any) string { return fmt.Sprintf("%+v", v) },
	"fmt %#v":       func(v, _ any) string { return fmt.Sprintf("%#v", v) },
	"go-cmp":        func(v, other any) string { return cmp.Diff(v, other, cmp.Exporter(exportAll)) },
	"testify Equal": func(v, other any) string { var m messages; assert.Equal(&m, v, other); return m.String() },
	"testify Empty": func(v, _ any) string { var m messages; assert.Empty(&m, v); return m.String() },
	"testify ElementsMatch": func(v, other any) string {
		var m messages
		assert.ElementsMatch(&m, []any{v}, []any{other})
		return m.String()
	},
	"kr/pretty":      func(v, _ any) string { return pretty.Sprint(v) },
	"kr/pretty Diff": func(v, other any) string { return fmt.Sprint(pretty.Diff(v, other)) },
	"spew":           func(v, _ any) string { return spew.Sdump(v) },
	"spew without methods": func(v, _ any) string {
		c := spew.ConfigState{DisableMethods: true, DisablePointerMethods: true}
		return c.Sdump(v) + c.Sprintf("%#v", v)
	},
	"zap console": func(v, _ any) string {
		return zapped(zapcore.NewConsoleEncoder(zapcore.EncoderConfig{}), func(l *zap.Logger) {
			l.Info("m", zap.Any("v", v))
			l.Sugar().Infow("m", "v", v)
			l.Sugar().Infof("%v", v)
		})
	},
	"zap JSON": func(v, _ any) string {
		return zapped(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), func(l *zap.Logger) { l.Info("m", zap.Any("v", v)) })
	},
	"logrus text": func(v, _ any) string { return logged(new(logrus.TextFormatter), v) },
}

// marshalers print the JSON, XML or YAML form of a value, which has the secrets of
// keys and of a Config.
var marshalers = map[string]func(v any) string{
	"encoding/json": func(v any) string { b, err := json.Marshal(v); return fmt.Sprint(string(b), err) },
	"encoding/xml":  func(v any) string { b, err := xml.Marshal(v); return fmt.Sprint(string(b), err) },
	"yaml.v3":       func(v any) string { b, err := yaml.Marshal(v); return fmt.Sprint(string(b), err) },
	"expvar":        func(v any) string { return expvar.Func(func() any { return v }).String() },
	"logrus JSON":   func(v any) string { return logged(new(logrus.JSONFormatter), v) },
	"zap Reflect": func(v any) string {
		return zapped(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), func(l *zap.Logger) { l.Info("m", zap.Reflect("v", v)) })
	},
	"zerolog": func(v any) string {
		var b strings.Builder
		l := zerolog.New(&b)
		l.Info().Interface("v", v).Any("w", v).Msg("m")
		return b.String()
	},
}

func logged(formatter logrus.Formatter, v any) string {
	var b strings.Builder
	l := &logrus.Logger{Out: &b, Formatter: formatter, Level: logrus.InfoLevel}
	l.WithField("v", v).Info(v)
	return b.String()
}

// secretValues returns values of every type that contains secrets, each with a
// different one. marshals is true for those whose JSON form has the secrets.
func secretValues() map[string]struct {
	v, other any
	marshals bool
} {
	private, preshared := wgtypes.NewPrivateKey(testutil.SecretBytes), wgtypes.NewPresharedKey(testutil.SecretBytes)
	header := wgtypes.NewHeaderProtectionKey(testutil.SecretBytes)
	device := func(name string) wgtypes.Device {
		return wgtypes.Device{
			Name: name, PrivateKey: private, Amnezia: &wgtypes.Amnezia{HeaderProtectionKey: header}, Peers: []wgtypes.Peer{{PresharedKey: preshared}},
		}
	}
	d, e := device("wg0"), device("wg1")
	e.PrivateKey, e.Peers[0].PresharedKey = wgtypes.NewPrivateKey([32]byte{1}), wgtypes.NewPresharedKey([32]byte{1})
	e.Amnezia.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey([32]byte{1})
	c := secretConfig()
	c.Amnezia = &wgtypes.AmneziaConfig{HeaderProtectionKey: &header}
	partial := func(err error) *wgctrl.PartialError {
		return &wgctrl.PartialError{Applied: c, Unknown: c, NotSent: c, Err: err}
	}
	type test = struct {
		v, other any
		marshals bool
	}
	return map[string]test{
		"Device":          {d, e, false},
		"*Device":         {&d, &e, false},
		"[]*Device":       {[]*wgtypes.Device{&d}, []*wgtypes.Device{&e}, false},
		"Peer":            {d.Peers[0], e.Peers[0], false},
		"Event":           {wgtypes.Event{OldDevice: &d, NewPeer: &d.Peers[0]}, wgtypes.Event{OldDevice: &e}, false},
		"Device in a map": {map[string]any{"d": d}, map[string]any{"d": e}, false},
		"*PartialError":   {partial(io.EOF), partial(io.ErrClosedPipe), false},
		"PartialError":    {*partial(io.EOF), *partial(io.ErrClosedPipe), false},
		"*OpError":        {&wgctrl.OpError{Op: "sync", Err: partial(io.EOF)}, &wgctrl.OpError{Op: "sync", Err: io.EOF}, false},
		"OpError":         {wgctrl.OpError{Op: "sync", Err: partial(io.EOF)}, wgctrl.OpError{Op: "sync", Err: io.EOF}, false},
		"Config":          {c, wgtypes.Config{PrivateKey: &e.PrivateKey}, true},
		"*Config":         {&c, &wgtypes.Config{PrivateKey: &e.PrivateKey}, true},
		"PeerConfig":      {c.Peers[0], wgtypes.PeerConfig{PresharedKey: &e.Peers[0].PresharedKey}, true},
		"Amnezia":         {*d.Amnezia, *e.Amnezia, false},
		"*Amnezia":        {d.Amnezia, e.Amnezia, false},
		"AmneziaConfig":   {*c.Amnezia, wgtypes.AmneziaConfig{}, true},
		"*AmneziaConfig":  {c.Amnezia, new(wgtypes.AmneziaConfig), true},
		"PrivateKey":      {private, e.PrivateKey, true},
		"PresharedKey":    {preshared, e.Peers[0].PresharedKey, true},

		"HeaderProtectionKey": {header, e.Amnezia.HeaderProtectionKey, true},
	}
}

// exportAll makes go-cmp compare unexported fields.
func exportAll(reflect.Type) bool { return true }

// TestPrintersShowNoSecret checks that packages that print values or differences do
// not print secrets, whether they call methods or not.
func TestPrintersShowNoSecret(t *testing.T) {
	t.Parallel()
	for name, test := range secretValues() {
		for printer, print := range printers {
			out := print(test.v, test.other)
			if form := testutil.FindSecret(out); form != "" || out == "" {
				t.Errorf("%s of a %s prints %q, want a text without secrets, got one as %q", printer, name, out, form)
			}
		}
	}
}

// TestMarshalersShowSecretsOfConfigs checks that packages that marshal values omit
// the secrets of the state of devices and of errors. They have those of a Config and
// of a key alone, which programs store.
func TestMarshalersShowSecretsOfConfigs(t *testing.T) {
	t.Parallel()
	for name, test := range secretValues() {
		for marshaler, marshal := range marshalers {
			out := marshal(test.v)
			if form := testutil.FindSecret(out); (form != "") != test.marshals || out == "" {
				t.Errorf("%s of a %s prints %q with a secret as %q, want secrets: %t", marshaler, name, out, form, test.marshals)
			}
		}
	}
}
