package testutil

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// OpenTerminal returns both ends of a new terminal: screen shows what is written to
// terminal. Reading from screen fails with EIO after the terminal was closed.
// The caller closes both.
func OpenTerminal() (screen, terminal *os.File, err error) {
	screen, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	terminal, err = openTerminal(screen)
	if err != nil {
		screen.Close()
		return nil, nil, err
	}
	return screen, terminal, nil
}

// openTerminal opens the other end of a screen.
func openTerminal(screen *os.File) (*os.File, error) {
	control, err := screen.SyscallConn()
	if err != nil {
		return nil, err
	}
	var number int
	var ioctl error
	err = control.Control(func(fd uintptr) {
		if ioctl = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); ioctl == nil {
			number, ioctl = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err := errors.Join(err, ioctl); err != nil {
		return nil, err
	}
	return os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
}
