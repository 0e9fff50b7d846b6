package conffile

import (
	"fmt"

	"github.com/wgctrl/wgctrl/wgconf"
)

// CheckNotEmpty returns an error if s has no setting of wg(8) or awg(8) and no peer. Applying
// such a file, perhaps the output of a program that failed, would remove all peers
// of a device. name is the name of the file.
func CheckNotEmpty(name string, s *wgconf.Settings) error {
	i := &s.Interface
	if i.PrivateKey != nil || i.ListenPort != nil || i.FwMark != nil || i.Amnezia != nil || len(s.Peers) > 0 {
		return nil
	}
	return fmt.Errorf("%s: no settings of wg(8) and no peers: all peers would be removed; use --allow-empty to apply it", name)
}
