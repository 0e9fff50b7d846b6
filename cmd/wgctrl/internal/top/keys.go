package top

import "unicode/utf8"

// maxFilter is the largest length of a filter in bytes.
const maxFilter = 64

// Key handles a key, given by its name: a character, or "up", "pgdown", "enter" and
// so on. It reports whether the user quits.
func (v *View) Key(name string) (quit bool) {
	switch {
	case v.help:
		v.helpKey(name)
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
		v.selectNext(1)
	case "D":
		v.selectNext(-1)
	case "/":
		v.typing = true
	case "u":
		v.Units = v.Units.next()
		return false
	case "tab":
		v.onDevices = !v.onDevices
		return false
	case "enter":
		v.toggleDetails()
		return false
	case "esc":
		if v.details {
			v.toggleDetails()
			return false
		}
		v.filter = ""
	case "?", "h":
		v.help, v.helpOffset = true, 0
		return false
	default:
		return false
	}
	v.restart()
	return false
}

// scrollKey handles keys that move the cursor or scroll, and reports whether name is
// one. After tab they select a device.
func (v *View) scrollKey(name string) bool {
	if v.onDevices {
		return v.deviceKey(name)
	}
	page := max(1, v.rows()-1)
	switch name {
	case "up", "k":
		v.moveCursor(-1)
	case "down", "j":
		v.moveCursor(1)
	case "pgup", "b":
		v.page(-page)
	case "pgdown", "space":
		v.page(page)
	case "home", "g":
		v.page(-len(v.peers))
	case "end", "G":
		v.page(len(v.peers))
	default:
		return false
	}
	return true
}

// typeKey handles a key while the filter is being typed.
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
	v.restart()
}

// Type appends text to the filter if it is being typed. It ignores text that would
// make the filter longer than 64 bytes.
func (v *View) Type(text string) {
	if !v.typing || len(v.filter)+len(text) > maxFilter {
		return
	}
	v.filter += text
	v.restart()
}
