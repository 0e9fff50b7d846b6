package qrtext_test

import (
	"image"
	"image/color"
	"strings"
	"testing"
	"unicode/utf8"

	qr "github.com/piglig/go-qr"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/qrtext"
)

// config is a configuration as long as one of a client with two addresses.
const config = `[Interface]
Address = 10.0.0.2/32, fd00:1234:5678::2/128
DNS = 192.0.2.53, 2001:db8::53
PrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=

[Peer]
PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
PresharedKey = CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 0.0.0.0/0, ::/0
Endpoint = vpn.example.com:51820
PersistentKeepalive = 25
`

// draw returns the picture of a terminal with these colours that shows text.
func draw(t *testing.T, text string, foreground, background color.Gray) image.Image {
	t.Helper()
	const scale = 4
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	img := image.NewGray(image.Rect(0, 0, utf8.RuneCountInString(lines[0])*scale, len(lines)*2*scale))
	for y, line := range lines {
		for x, r := range []rune(line) {
			halves, ok := map[rune][2]bool{'█': {true, true}, '▀': {true, false}, '▄': {false, true}, ' ': {}}[r]
			if !ok {
				t.Fatalf("line %d has %q, want a block", y, r)
			}
			for half, drawn := range halves {
				c := background
				if drawn {
					c = foreground
				}
				for i := range scale * scale {
					img.SetGray(x*scale+i%scale, (2*y+half)*scale+i/scale, c)
				}
			}
		}
	}
	return img
}

// TestDecode draws codes as terminals do and reads them.
func TestDecode(t *testing.T) {
	t.Parallel()
	black, white := color.Gray{}, color.Gray{Y: 255}
	for _, text := range []string{"a", config, strings.Repeat(config, 5)} {
		code, err := qrtext.New(text)
		if err != nil {
			t.Fatalf("New(%d bytes): %v", len(text), err)
		}
		plain := string(code.AppendTo(nil, false))
		if got, err := qr.Decode(draw(t, plain, white, black)); got != text || err != nil {
			t.Errorf("reading AppendTo(false) on a dark terminal = %q, %v, want %q", got, err, text)
		}
		coloured := string(code.AppendTo(nil, true))
		bare := strings.NewReplacer("\x1b[38;5;16;48;5;231m", "", "\x1b[0m", "").Replace(coloured)
		if got, err := qr.Decode(draw(t, bare, black, white)); got != text || err != nil {
			t.Errorf("reading AppendTo(true) = %q, %v, want %q", got, err, text)
		}
		for line := range strings.Lines(plain) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n != code.Width() {
				t.Errorf("line %q has %d columns, want Width() = %d", line, n, code.Width())
			}
		}
		for line := range strings.Lines(coloured) {
			if !strings.HasPrefix(line, "\x1b[38;5;16;48;5;231m") || !strings.HasSuffix(line, "\x1b[0m\n") {
				t.Errorf("line %q, want one that sets and resets the colours", line)
			}
		}
	}
}

// TestWidth checks that the code of a usual configuration fits on a terminal.
func TestWidth(t *testing.T) {
	t.Parallel()
	code, err := qrtext.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if got := code.Width(); got > 80 {
		t.Errorf("Width() = %d for a configuration of %d bytes, want at most 80", got, len(config))
	}
}

// TestSmallest compares the size of codes with that of another encoder.
func TestSmallest(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0123456789", "AB12", "a", config, strings.Repeat(config, 3)} {
		code, err := qrtext.New(text)
		if err != nil {
			t.Fatalf("New(%q): %v", text, err)
		}
		other, err := qr.EncodeText(text, qr.Low)
		if err != nil {
			t.Fatalf("EncodeText(%q): %v", text, err)
		}
		if got, want := code.Width(), other.Size()+8; got != want {
			t.Errorf("Width() = %d for %q, want %d", got, text, want)
		}
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	if _, err := qrtext.New(strings.Repeat("x", 2953)); err != nil {
		t.Errorf("New(2953 bytes) = %v, want nil", err)
	}
	_, err := qrtext.New(strings.Repeat("x", 2954))
	if want := "2954 bytes do not fit into a QR code"; err == nil || err.Error() != want {
		t.Errorf("New(2954 bytes) = %v, want %s", err, want)
	}
}
