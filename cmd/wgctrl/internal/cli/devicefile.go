package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// confDir has the configuration files of wg-quick(8), and amneziaConfDir those of
// AmneziaWG's awg-quick(8).
const (
	confDir        = "/etc/wireguard"
	amneziaConfDir = "/etc/amnezia/amneziawg"
)

// configDirFlag adds --config-dir to a command and, with persistent, to its commands.
func configDirFlag(cmd *cobra.Command, dir *string, persistent bool) {
	flags := cmd.Flags()
	if persistent {
		flags = cmd.PersistentFlags()
	}
	*dir = confDir
	flags.Var((*pathFlag)(dir), "config-dir", "directory with the files of devices")
	nameArgument(flags, "config-dir", "directory")
	registerCompletion(cmd, "config-dir", cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs))
}

// isPath reports whether an argument that may name a device or a file is, by its form,
// the path of a file.
func isPath(arg string) bool {
	return strings.ContainsRune(filepath.ToSlash(arg), '/') || strings.HasSuffix(arg, confSuffix)
}

// confSuffix ends the names of configuration files.
const confSuffix = ".conf"

// configDirs returns the directories that --config-dir names, in the order in which they
// are searched for the file of a device. The default stands for those of wg-quick(8) and
// of AmneziaWG, whose own is the first one for its devices. kind is KindUnknown if the
// device is unknown.
func configDirs(dir string, kind wgtypes.Kind) []string {
	switch {
	case dir != confDir:
		return []string{dir}
	case isAmneziaKind(kind):
		return []string{amneziaConfDir, confDir}
	}
	return []string{confDir, amneziaConfDir}
}

// fileOfDevice returns the path of the file of a device: that in the first of the
// directories where it is not missing, or else that in the first directory.
func fileOfDevice(dirs []string, device string) string {
	for _, dir := range dirs {
		path := filepath.Join(dir, device+confSuffix)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
	}
	return filepath.Join(dirs[0], device+confSuffix)
}

// fileOfName returns the path of the file of the device with a name, whose kind is that
// of the first device of refs with the name, if one has it.
func fileOfName(refs []wgtypes.DeviceRef, configDir, name string) string {
	kind := wgtypes.KindUnknown
	if i := slices.IndexFunc(refs, func(ref wgtypes.DeviceRef) bool { return ref.Name == name }); i >= 0 {
		kind = refs[i].Kind
	}
	return fileOfDevice(configDirs(configDir, kind), name)
}

// argumentFile returns the path of the file that an argument names: a path, "-", or the
// name of a device, unless a file has that name.
func argumentFile(configDir, arg string) string {
	if arg == "-" || isPath(arg) || checkDeviceName(arg) != nil {
		return arg
	}
	if _, err := os.Lstat(arg); err == nil {
		return arg
	}
	return fileOfDevice(configDirs(configDir, wgtypes.KindUnknown), arg)
}

// completeFile completes a file, or a device that has a file.
func completeFile(configDir *string) completion {
	return func(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, dir := range configDirs(*configDir, wgtypes.KindUnknown) {
			paths, _ := confFilesIn(dir) // a missing directory has no files
			for _, path := range paths {
				names = append(names, strings.TrimSuffix(filepath.Base(path), confSuffix))
			}
		}
		return names, cobra.ShellCompDirectiveDefault
	}
}

// confFilesIn returns the sorted paths of the configuration files in a directory.
func confFilesIn(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), confSuffix) && !e.IsDir() {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, err
}
