package rewrite_test

import (
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/rewrite"
)

// The attributes of access control lists, and their tags (acl(5)).
const (
	accessACL  = "system.posix_acl_access"
	defaultACL = "system.posix_acl_default"

	aclUserObj  = 0x01
	aclUser     = 0x02
	aclGroupObj = 0x04
	aclMask     = 0x10
	aclOther    = 0x20
	aclNoID     = 0xffffffff
)

// acl returns a list in the kernel's format: the user 65534 may do what is in user,
// up to the mask; the group may do nothing.
func acl(user, mask uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2) // version
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{aclUserObj, 6, aclNoID}, {aclUser, user, 65534}, {aclGroupObj, 0, aclNoID}, {aclMask, mask, aclNoID}, {aclOther, 0, aclNoID}} {
		b = binary.LittleEndian.AppendUint16(b, e.tag)
		b = binary.LittleEndian.AppendUint16(b, e.perm)
		b = binary.LittleEndian.AppendUint32(b, e.id)
	}
	return b
}

// setAttr sets an extended attribute. It skips the test if the file system has none
// of its kind.
func setAttr(t *testing.T, path, name string, value []byte) {
	t.Helper()
	err := unix.Setxattr(path, name, value, 0)
	if errors.Is(err, unix.ENOTSUP) {
		t.Skipf("the file system of %s has no %s", path, name)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// attrs returns the extended attributes of a file.
func attrs(t *testing.T, path string) map[string]string {
	t.Helper()
	b := make([]byte, 1<<16)
	n, err := unix.Listxattr(path, b)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, name := range strings.FieldsFunc(string(b[:n]), func(r rune) bool { return r == 0 }) {
		n, err := unix.Getxattr(path, name, b)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = string(b[:n])
	}
	return got
}

// TestAccessControlList checks that the mask of a list does not become the mode of
// the group, who could read the file then.
func TestAccessControlList(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	setAttr(t, path, accessACL, acl(6, 6))
	want := attrs(t, path)
	if err := rewrite.File(t.Context(), path, []byte(before), []byte(after)); err != nil {
		t.Fatalf("File() = %v, want nil", err)
	}
	if got := attrs(t, path); got[accessACL] != string(acl(6, 6)) || !maps.Equal(got, want) {
		t.Errorf("attributes = %q, want %q", got, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o660 {
		t.Errorf("mode = %v, %v, want %v, where the group's bits are the mask", info.Mode(), err, os.FileMode(0o660))
	}
	checkFile(t, path, after)
}

// TestInheritedList checks that a file without a list does not get that of its
// directory.
func TestInheritedList(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	setAttr(t, filepath.Dir(path), defaultACL, acl(6, 6))
	if err := rewrite.File(t.Context(), path, []byte(before), []byte(after)); err != nil {
		t.Fatalf("File() = %v, want nil", err)
	}
	if got := attrs(t, path); len(got) > 0 {
		t.Errorf("attributes = %q, want none", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode = %v, %v, want %v", info.Mode(), err, os.FileMode(0o640))
	}
}

// TestOwnAndInheritedList checks that a file keeps its list if its directory has
// another one for new files.
func TestOwnAndInheritedList(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	setAttr(t, path, accessACL, acl(4, 4))
	setAttr(t, filepath.Dir(path), defaultACL, acl(6, 6))
	want := attrs(t, path)
	if err := rewrite.File(t.Context(), path, []byte(before), []byte(after)); err != nil {
		t.Fatalf("File() = %v, want nil", err)
	}
	if got := attrs(t, path); !maps.Equal(got, want) {
		t.Errorf("attributes = %q, want %q", got, want)
	}
}

// TestAttributes checks that extended attributes stay, of any number and size.
func TestAttributes(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	setAttr(t, path, "user.comment", []byte("home"))
	setAttr(t, path, "user.empty", nil)
	setAttr(t, path, "user.long", []byte(strings.Repeat("x", 1000)))
	want := attrs(t, path)
	if err := rewrite.File(t.Context(), path, []byte(before), []byte(after)); err != nil {
		t.Fatalf("File() = %v, want nil", err)
	}
	if got := attrs(t, path); len(got) != 3 || !maps.Equal(got, want) {
		t.Errorf("attributes = %q, want %q", slices.Collect(maps.Keys(got)), slices.Collect(maps.Keys(want)))
	}
}
