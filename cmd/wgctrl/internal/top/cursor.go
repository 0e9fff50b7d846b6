package top

// The cursor is on a peer and follows it when the order changes. It appears with the
// first key that moves it or opens the details.

// setCursor puts the cursor on the peer with this index, or on the nearest one.
func (v *View) setCursor(at int) {
	if len(v.peers) == 0 {
		v.cursor, v.details = nil, false
		return
	}
	v.at = max(0, min(at, len(v.peers)-1))
	v.cursor = v.peers[v.at]
}

// moveCursor moves the cursor by a number of peers. Without a cursor it puts one on
// the first peer shown.
func (v *View) moveCursor(by int) {
	if v.cursor == nil {
		v.setCursor(v.offset)
	} else {
		v.setCursor(v.at + by)
	}
	v.scroll(0)
}

// page scrolls by a number of peers, and moves the cursor with the list.
func (v *View) page(by int) {
	v.offset = v.withinList(v.offset + by)
	if v.cursor != nil {
		v.setCursor(v.at + by)
	}
	v.scroll(0)
}

// follow finds the cursor's peer in a new list. If it is gone, the peer that took its
// place gets the cursor.
func (v *View) follow() {
	if v.cursor == nil {
		return
	}
	for i, p := range v.peers {
		if p == v.cursor {
			v.at = i
			return
		}
	}
	v.setCursor(v.at)
}

// scroll moves the offset by a number of peers, within the list and such that the
// cursor is shown.
func (v *View) scroll(by int) {
	v.offset = v.withinList(v.offset + by)
	if v.cursor != nil {
		v.offset = min(max(v.offset, v.at-v.rows()+1), v.at)
	}
}

// withinList returns the nearest offset at which the list fills the screen.
func (v *View) withinList(offset int) int {
	return max(0, min(offset, len(v.peers)-v.rows()))
}

// restart shows the list from its top after it was sorted or filtered. The cursor
// stays on its peer while its details are shown, and disappears otherwise.
func (v *View) restart() {
	v.offset = 0
	if !v.details {
		v.cursor = nil
	}
	v.Update(v.now)
}

// toggleDetails opens or closes the details of the cursor's peer.
func (v *View) toggleDetails() {
	if v.cursor == nil {
		v.setCursor(v.offset)
	}
	v.details = !v.details && v.cursor != nil
	v.showSelected()
	v.scroll(0)
}
