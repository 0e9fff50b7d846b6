package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// configDirFlag adds --config-dir to a command and, with persistent, to its commands.
func configDirFlag(cmd *cobra.Command, dir *string, persistent bool) {
	flags := cmd.Flags()
	if persistent {
		flags = cmd.PersistentFlags()
	}
	flags.StringVar(dir, "config-dir", confDir, "directory with the files of devices")
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

// configDirs returns the directories with the files of devices for --config-dir. The
// default stands for those of wg-quick(8) and of AmneziaWG.
func configDirs(dir string) []string {
	if dir == confDir {
		return []string{confDir, amneziaConfDir}
	}
	return []string{dir}
}

// fileOfDevice returns the path of the file of a device: the one that exists in the first
// of the directories, or else the path in the first directory.
func fileOfDevice(dirs []string, device string) string {
	for _, dir := range dirs {
		path := filepath.Join(dir, device+confSuffix)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return filepath.Join(dirs[0], device+confSuffix)
}

// fileOf returns the path of the file of a device. If files in several directories have
// its name, the kind of the device decides.
func (cf *clientFlags) fileOf(ctx context.Context, configDir, device string) string {
	kind := wgtypes.KindUnknown
	refs, _ := cf.list(ctx) // on an error: the devices found
	if i := slices.IndexFunc(refs, func(ref wgtypes.DeviceRef) bool { return ref.Name == device }); i >= 0 {
		kind = refs[i].Kind
	}
	return fileOfDevice(configDirsOf(configDir, kind), device)
}

// configDirsOf is configDirs in the order in which they are searched for the file of a
// device of a kind.
func configDirsOf(dir string, kind wgtypes.Kind) []string {
	dirs := configDirs(dir)
	if isAmneziaKind(kind) {
		slices.Reverse(dirs)
	}
	return dirs
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
	return fileOfDevice(configDirs(configDir), arg)
}

// completeFile completes a file, or a device that has a file.
func completeFile(configDir *string) completion {
	return func(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, dir := range configDirs(*configDir) {
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
