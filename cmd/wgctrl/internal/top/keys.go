package top

import (
	"unicode/utf8"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxFilter is how many bytes of a filter are taken.
const maxFilter = 64

// Key does what a key is for, by its name: a character, or "up", "pgdown",
// "enter" and so on. It reports whether the view is to end.
func (v *View) Key(name string) (quit bool) {
	switch {
	case v.help:
		v.help = false
		return false
	case v.typing:
		v.typeKey(name)
		return false
	case name == "q":
		return true
	}
	if v.scrollKey(name) {
		return false
	}
	switch name {
	case "s":
		v.order = (v.order + 1) % orders
	case "S":
		v.order = (v.order + orders - 1) % orders
	case "r":
		v.reverse = !v.reverse
	case "v":
		v.choice = (v.choice + 1) % choices
	case "d":
		v.nextDevice()
	case "/":
		v.typing = true
	case "esc":
		v.filter = ""
	case "?", "h":
		v.help = true
	default:
		return false
	}
	v.offset = 0
	v.Look(v.now)
	return false
}

// scrollKey reports whether a key is one that scrolls.
func (v *View) scrollKey(name string) bool {
	page := max(1, v.rows()-1)
	switch name {
	case "up", "k":
		v.scroll(-1)
	case "down", "j":
		v.scroll(1)
	case "pgup", "b":
		v.scroll(-page)
	case "pgdown", "space":
		v.scroll(page)
	case "home", "g":
		v.scroll(-len(v.peers))
	case "end", "G":
		v.scroll(len(v.peers))
	default:
		return false
	}
	return true
}

// typeKey changes the filter, which acts at once.
func (v *View) typeKey(name string) {
	switch name {
	case "enter":
		v.typing = false
		return
	case "esc":
		v.filter, v.typing = "", false
	case "backspace":
		_, size := utf8.DecodeLastRuneInString(v.filter)
		v.filter = v.filter[:len(v.filter)-size]
	case "ctrl+u":
		v.filter = ""
	case "space":
		v.Type(" ")
		return
	default:
		if utf8.RuneCountInString(name) == 1 {
			v.Type(name)
		}
		return
	}
	v.offset = 0
	v.Look(v.now)
}

// Type appends text to the filter, if one is being typed.
func (v *View) Type(text string) {
	if !v.typing || len(v.filter)+len(text) > maxFilter {
		return
	}
	v.filter += text
	v.offset = 0
	v.Look(v.now)
}

// nextDevice shows the peers of the next device alone and, after the last, all.
func (v *View) nextDevice() {
	found := v.only == wgtypes.DeviceRef{}
	for _, d := range v.devices {
		switch {
		case d.ref.Name == "":
		case found:
			v.only = identity(d.ref)
			return
		case identity(d.ref) == v.only:
			found = true
		}
	}
	v.only = wgtypes.DeviceRef{}
}
