package wgwindows

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// New returns the Backend of this machine. It does no I/O.
func New() *Backend {
	return NewWith(Config{System: newMachine(), Interfaces: listInterfaces})
}

// machine is the System of this machine. Its fields are functions of Windows that Wine
// does not have.
type machine struct {
	// started reports whether the driver of an adapter runs.
	started func(instance windows.DEVINST) bool
	// interfaces lists the paths of an adapter's device interfaces.
	interfaces func(instanceID string) ([]string, error)
}

func newMachine() *machine { return &machine{started: started, interfaces: interfaces} }

var (
	// classNet is GUID_DEVCLASS_NET.
	classNet = windows.GUID{
		Data1: 0x4d36e972, Data2: 0xe325, Data3: 0x11ce, Data4: [8]byte{0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18},
	}
	// interfaceNet is GUID_DEVINTERFACE_NET.
	interfaceNet = windows.GUID{
		Data1: 0xcac88484, Data2: 0x7515, Data3: 0x4c03, Data4: [8]byte{0x82, 0xe6, 0x71, 0xa8, 0x7a, 0xba, 0xc3, 0x61},
	}
	// keyName is the property with the name of an adapter.
	keyName = windows.DEVPROPKEY{PID: 3, FmtID: windows.DEVPROPGUID{
		Data1: 0x65726957, Data2: 0x7547, Data3: 0x7261, Data4: [8]byte{0x64, 0x4e, 0x61, 0x6d, 0x65, 0x4b, 0x65, 0x79},
	}}
	// keyVersion is DEVPKEY_Device_DriverVersion.
	keyVersion = windows.DEVPROPKEY{PID: 3, FmtID: windows.DEVPROPGUID{
		Data1: 0xa8b865dd, Data2: 0x2e3d, Data3: 0x4094, Data4: [8]byte{0xad, 0x97, 0xe5, 0x93, 0xa7, 0x0c, 0x75, 0xd6},
	}}
)

// enumerator is the prefix of the instance ids of the adapters.
const enumerator = `SWD\WireGuard`

// Adapters lists the adapters that are present, also those that have not started.
func (m *machine) Adapters() ([]Adapter, error) {
	set, err := windows.SetupDiGetClassDevsEx(&classNet, enumerator, 0, windows.DIGCF_PRESENT, 0, "")
	if err != nil {
		return nil, systemError("SetupDiGetClassDevsEx", err)
	}
	// An error of closing has no consequences.
	defer func() { _ = set.Close() }()
	var adapters []Adapter
	for i := 0; ; i++ {
		info, err := set.EnumDeviceInfo(i)
		switch {
		case errors.Is(err, windows.ERROR_NO_MORE_ITEMS):
			return adapters, nil
		case err != nil:
			return adapters, systemError("SetupDiEnumDeviceInfo", err)
		}
		adapters = append(adapters, m.adapter(set, info))
	}
}

// adapter returns what is known about an adapter. What is unknown is empty: an adapter
// that is being added or removed does not have everything.
func (m *machine) adapter(set windows.DevInfo, info *windows.DevInfoData) Adapter {
	a := Adapter{Name: property(set, info, &keyName), Version: property(set, info, &keyVersion)}
	id, err := set.DeviceInstanceID(info)
	if err != nil || !m.started(info.DevInst) {
		return a
	}
	if paths, err := m.interfaces(id); err == nil && len(paths) > 0 {
		a.Path = paths[0]
	}
	return a
}

// property returns a property that is a string, or "".
func property(set windows.DevInfo, info *windows.DevInfoData, key *windows.DEVPROPKEY) string {
	value, err := windows.SetupDiGetDeviceProperty(set, info, key)
	if err != nil {
		return ""
	}
	text, _ := value.(string)
	return text
}

func started(instance windows.DEVINST) bool {
	const running = windows.DN_DRIVER_LOADED | windows.DN_STARTED
	var status, problem uint32
	err := windows.CM_Get_DevNode_Status(&status, &problem, instance, 0)
	return err == nil && status&running == running
}

func interfaces(instanceID string) ([]string, error) {
	return windows.CM_Get_Device_Interface_List(instanceID, &interfaceNet, windows.CM_GET_DEVICE_INTERFACE_LIST_PRESENT)
}

// Open opens a device interface.
func (m *machine) Open(path string) (Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, share, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return nil, systemError("CreateFile", err)
	}
	return handle(h), nil
}

// handle is an open device interface.
type handle windows.Handle

// Control sends a request. Both requests use the output buffer: the driver maps it for
// reading in a SET (METHOD_IN_DIRECT).
func (h handle) Control(code uint32, buf []byte) (returned uint32, err error) {
	err = windows.DeviceIoControl(windows.Handle(h), code, nil, 0, &buf[0], uint32(len(buf)), &returned, nil)
	return returned, systemError("DeviceIoControl", err)
}

func (h handle) Close() error {
	return systemError("CloseHandle", windows.CloseHandle(windows.Handle(h)))
}

// systemError returns an error that wraps the Errno of err, or nil if err is nil.
func systemError(function string, err error) error {
	if code, ok := errors.AsType[syscall.Errno](err); ok {
		err = Errno(code)
	}
	return os.NewSyscallError(function, err)
}

// listInterfaces returns the network interfaces of this machine.
func listInterfaces() ([]wginternal.Interface, error) {
	found, err := net.Interfaces()
	list := make([]wginternal.Interface, len(found))
	for i := range found {
		list[i] = wginternal.Interface{Index: found[i].Index, Name: found[i].Name}
	}
	return list, err
}
