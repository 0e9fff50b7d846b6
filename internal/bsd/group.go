package bsd

import (
	"fmt"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

const (
	// gifGroupMembers is n of SIOCGIFGMEMB.
	gifGroupMembers = 138
	// groupLenAt is the offset of the length in struct ifgroupreq.
	groupLenAt = NameLen
	// maxGroup is the largest size of a reply, in bytes. It is that of 65536 interfaces.
	maxGroup = 1 << 20
	// maxAttempts is how often a group is read that grows meanwhile.
	maxAttempts = 16
)

// groupPointerAt returns the offset of the pointer in struct ifgroupreq.
func groupPointerAt(pointerLen int) int { return NameLen + max(4, pointerLen) }

// GroupRequest returns SIOCGIFGMEMB for pointers of this size.
func GroupRequest(pointerLen int) uint32 {
	return ReadWrite(gifGroupMembers, groupPointerAt(pointerLen)+NameLen)
}

// GroupMembers returns the names of the interfaces in a group, which FreeBSD, OpenBSD
// and DragonFly BSD have: see SIOCGIFGMEMB in ifconfig's source. A group without
// members does not exist, so its list is empty. The caller must check the members,
// because root can add any interface to a group. The error wraps ErrInterrupted if the
// group grew during each of several attempts.
func GroupMembers(ioctl Ioctl, pointerLen int, group string) ([]string, error) {
	request, pointer := GroupRequest(pointerLen), groupPointerAt(pointerLen)
	for range maxAttempts {
		arg := argument(pointer+NameLen, group)
		if err := ioctl(request, arg, pointer, nil); err != nil {
			if isErrno(err, syscall.ENOENT) {
				return nil, nil
			}
			return nil, fmt.Errorf("find the size of interface group %q: %w", group, err)
		}
		size := order.Uint32(arg[groupLenAt:])
		switch {
		case size == 0:
			return nil, nil
		case size%NameLen != 0 || size > maxGroup:
			return nil, fmt.Errorf("interface group %q has %d bytes, want a multiple of %d up to %d", group, size, NameLen, maxGroup)
		}
		members := make([]byte, size)
		arg = argument(pointer+NameLen, group)
		order.PutUint32(arg[groupLenAt:], size)
		err := ioctl(request, arg, pointer, members)
		switch {
		case err == nil:
			return names(members), nil
		case isErrno(err, syscall.ENOENT):
			return nil, nil
		case !isErrno(err, syscall.EINVAL): // EINVAL: the group has more members now
			return nil, fmt.Errorf("list interface group %q: %w", group, err)
		}
	}
	return nil, wginternal.Tag(wginternal.ErrInterrupted,
		fmt.Errorf("interface group %q changed during each of %d attempts to list it", group, maxAttempts))
}

// names returns the names of a list. The kernel leaves entries empty if the group
// became smaller.
func names(members []byte) (list []string) {
	for ; len(members) >= NameLen; members = members[NameLen:] {
		if name := cString(members[:NameLen]); name != "" {
			list = append(list, name)
		}
	}
	return list
}
