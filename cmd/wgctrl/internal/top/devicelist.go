package top

import "github.com/wgctrl/wgctrl/wgtypes"

// isSelected reports whether d is the device whose peers are shown.
func (v *View) isSelected(d *device) bool { return d.ref.Identity() == v.only }

// shownDevices returns the devices that fit into room lines.
func (v *View) shownDevices(room int) []*device {
	return v.devices[v.deviceOffset:min(v.deviceOffset+room, len(v.devices))]
}

// scrollDevices moves the offset of the devices by a number of lines, within the list.
func (v *View) scrollDevices(by int) {
	v.deviceOffset = max(0, min(v.deviceOffset+by, len(v.devices)-v.sections().devices))
}

// showSelected scrolls such that the selected device is shown, or the first one if
// all are selected.
func (v *View) showSelected() {
	v.scrollDevices(0)
	at, room := max(v.selectedIndex(), 0), v.sections().devices
	if room > 0 {
		v.deviceOffset = min(max(v.deviceOffset, at-room+1), at)
	}
}

// selectedIndex returns the index of the selected device, or -1 for all devices.
func (v *View) selectedIndex() int {
	if v.only == (wgtypes.DeviceRef{}) {
		return -1
	}
	for i, d := range v.devices {
		if v.isSelected(d) {
			return i
		}
	}
	return -1
}

// firstNamed returns the index of the first device with a name. The others, which stand
// for all devices of a kind, are unreadable and precede it.
func (v *View) firstNamed() int {
	for i, d := range v.devices {
		if d.ref.Name != "" {
			return i
		}
	}
	return len(v.devices)
}

// selectDevice selects the device with this index, the last one if it is too large, or
// all devices if it is smaller than that of the first device with a name.
func (v *View) selectDevice(at int) {
	at = min(at, len(v.devices)-1)
	v.only = wgtypes.DeviceRef{}
	if at >= v.firstNamed() {
		v.only = v.devices[at].ref.Identity()
	}
	v.restart()
	v.showSelected()
}

// selectNext selects the next device if by is 1, or the previous one if by is -1. All
// devices follow the last one and precede the first one.
func (v *View) selectNext(by int) {
	all := v.firstNamed() - 1
	at := max(v.selectedIndex(), all) + by
	switch {
	case at < all:
		at = len(v.devices) - 1
	case at == len(v.devices):
		at = all
	}
	v.selectDevice(at)
}

// deviceKey handles keys that select a device, and reports whether name is one.
func (v *View) deviceKey(name string) bool {
	all := v.firstNamed() - 1
	at, page := max(v.selectedIndex(), all), max(1, v.sections().devices-1)
	switch name {
	case "up", "k":
		at--
	case "down", "j":
		at++
	case "pgup", "b":
		at -= page
	case "pgdown", "space":
		at += page
	case "home", "g":
		at = all
	case "end", "G":
		at = len(v.devices) - 1
	default:
		return false
	}
	v.selectDevice(at)
	return true
}
