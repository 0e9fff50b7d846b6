package conffile

import "github.com/wgctrl/wgctrl/wgconf"

// ChoosesMark reports whether wg-quick(8) and wgctrl up choose the firewall mark of an
// interface with these settings: they have a default route, and no FwMark. Removing that
// mark would lead the encrypted packets into the tunnel.
func ChoosesMark(s *wgconf.Settings) bool {
	if s.Interface.FwMark != nil || s.Interface.Table != "" && s.Interface.Table != "auto" {
		return false
	}
	for i := range s.Peers {
		for _, a := range s.Peers[i].AllowedIPs {
			if a.Prefix.Bits() == 0 && !a.Remove {
				return true
			}
		}
	}
	return false
}
