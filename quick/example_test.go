package quick_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick"
	"github.com/wgctrl/wgctrl/wgconf"
)

// load reads the file of a tunnel, which is named after its interface.
func load(path string) (*quick.Tunnel, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file := wgconf.Parse(path, text)
	settings, err := file.Settings(wgconf.DialectWGQuick)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(path), ".conf")
	return &quick.Tunnel{Name: name, Path: path, File: file, Settings: settings}, nil
}

// A service that raises a tunnel, and removes it at the end.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	tunnel, err := load("/etc/wireguard/wg0.conf")
	if err != nil {
		log.Fatal(err)
	}

	o := quick.Options{
		OnStep:    func(s quick.Step) { log.Print("[#] ", s.Command()) },
		OnWarning: func(err error) { log.Print("warning: ", err) },
	}
	if err := quick.Up(ctx, c, tunnel, o); err != nil {
		log.Fatal(err) // Up removed what it had made
	}
	// Serve.
	if err := quick.Down(ctx, c, tunnel, o); err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Fatal(err)
	}
}

// Apply a file that changed, and keep the sessions of its peers.
func ExampleReload() {
	ctx := context.Background()
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	tunnel, err := load("/etc/wireguard/wg0.conf")
	if err != nil {
		log.Fatal(err)
	}

	err = quick.Reload(ctx, c, tunnel, quick.Options{})
	if errors.Is(err, fs.ErrNotExist) {
		err = quick.Up(ctx, c, tunnel, quick.Options{})
	}
	if err != nil {
		log.Fatal(err)
	}
}

// Write peers that were added to the running interface to its file.
func ExampleSave() {
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	tunnel, err := load("/etc/wireguard/wg0.conf")
	if err != nil {
		log.Fatal(err)
	}
	if err := quick.Save(context.Background(), c, tunnel, quick.Options{}); err != nil {
		log.Fatal(err)
	}
}

// Print what Up would do. This changes nothing and needs no privilege.
func ExamplePlan() {
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	tunnel, err := load("/etc/wireguard/wg0.conf")
	if err != nil {
		log.Fatal(err)
	}
	steps, err := quick.Plan(context.Background(), c, quick.VerbUp, tunnel, quick.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range steps {
		fmt.Println(s) // such as "add address 10.0.0.2/32 to wg0"
	}
}
