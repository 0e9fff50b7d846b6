package wgnetbsd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// host is the byte order of all processors on which Go runs NetBSD.
var host = binary.LittleEndian

// ifdrv is the layout of struct ifdrv (net/if.h): the name of the interface in 16
// bytes, an unsigned long command, a size_t length and a pointer to the data.
type ifdrv struct {
	length, data, size int // offsets of the fields, and the size of the struct
}

const ifdrvCommand = bsd.NameLen // offset

func ifdrvOf(pointerLen int) ifdrv {
	return ifdrv{length: ifdrvCommand + pointerLen, data: ifdrvCommand + 2*pointerLen, size: ifdrvCommand + 3*pointerLen}
}

// driverSpec is n of SIOCSDRVSPEC and SIOCGDRVSPEC (sys/sockio.h).
const driverSpec = 123

// set returns SIOCSDRVSPEC.
func (l ifdrv) set() uint32 { return bsd.Write(driverSpec, l.size) }

// get returns SIOCGDRVSPEC.
func (l ifdrv) get() uint32 { return bsd.ReadWrite(driverSpec, l.size) }

// Commands of SIOCSDRVSPEC (net/if_wg.h). SIOCGDRVSPEC ignores the command.
const (
	cmdGet           = 0
	cmdSetPrivateKey = 1
	cmdSetListenPort = 2
	cmdAddPeer       = 4
	cmdDeletePeer    = 8
)

// ioctl performs an ioctl on the device. The kernel reads data or writes to it.
func (d *device) ioctl(request uint32, command uint32, data []byte) error {
	layout := d.b.ifdrv
	arg := make([]byte, layout.size)
	copy(arg[:bsd.NameLen], d.ref.Name)
	host.PutUint32(arg[ifdrvCommand:], command)
	host.PutUint32(arg[layout.length:], uint32(len(data)))
	err := d.b.Ioctl(request, arg, layout.data, data)
	switch {
	case errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%w (this needs root)", err)
	case errors.Is(err, syscall.ENXIO):
		return wginternal.Tag(fs.ErrNotExist, fmt.Errorf("no interface %q in the kernel: %w", d.ref.Name, err))
	}
	return err
}
