package top

// depth is how many readings a history has: enough for the widest graph.
const depth = 80

// history is how many bytes a peer received and sent in each second, up to a
// reading. Readings that found no difference are not in it.
type history struct {
	last  int // the count of the last reading that is in it
	rates [depth]float32
}

// add puts the rate of a reading in.
func (h *history) add(count int, rate float64) {
	for i := max(h.last+1, count-depth+1); i < count; i++ {
		h.rates[i%depth] = 0
	}
	h.last = count
	h.rates[count%depth] = float32(rate)
}

// at returns the rate of a reading.
func (h *history) at(count int) float32 {
	if count > h.last || count <= h.last-depth || count < 0 {
		return 0
	}
	return h.rates[count%depth]
}
