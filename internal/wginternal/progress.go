package wginternal

// Progress is called with the number of peers that have been read or written so
// far. all is the total of a write, and 0 for a read: neither protocol announces
// how many peers will come. A nil Progress is not called.
//
// It is called on the goroutine of the operation, possibly once for each peer,
// so it must return quickly.
type Progress func(done, all int)
