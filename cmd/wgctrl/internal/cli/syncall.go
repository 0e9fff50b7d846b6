package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxSyncs limits how many devices sync --all changes at the same time.
const maxSyncs = 32

// addAll adds the flags for several devices to cmd.
func (f *syncFlags) addAll(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var((*pathFlag)(&f.all), "all", "apply every file DEVICE.conf of this directory instead of one file")
	nameArgument(flags, "all", "directory")
	registerCompletion(cmd, "all", cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs))
	flags.BoolVar(&f.create, "create", false, "with --all: create missing devices")
	flags.BoolVar(&f.prune, "prune", false, "with --all: remove kernel devices without a file")
}

// syncJob is a device that sync --all changes.
type syncJob struct {
	device  string
	want    wgtypes.Config
	missing bool         // --create may create the device
	newKind wgtypes.Kind // of the device that it creates
	result  syncResult
	err     error
}

// runSyncAll changes the devices with a file in the directory of --all. A device or file
// with an error does not affect the others. It reports whether a device changed or, in a
// dry run, would change.
func runSyncAll(cmd *cobra.Command, cf *clientFlags, f *syncFlags) (changed bool, err error) {
	paths, err := confFilesIn(f.all)
	switch {
	case err != nil:
		return false, fmt.Errorf("sync: %w", err)
	case len(paths) == 0:
		return false, fmt.Errorf("sync: directory %q: no file ends with %q", f.all, confSuffix)
	}
	others, err := f.names.read(cmd)
	if err != nil {
		return false, err
	}
	s := syncAll{syncFlags: f, devices: len(paths)}
	files := make([]*syncFile, len(paths))
	for i, path := range paths {
		if err := checkDeviceName(deviceOfFile(path)); err != nil {
			files[i] = &syncFile{err: fmt.Errorf("%s: %w", path, err)}
			continue
		}
		files[i] = readSyncFile(cmd, path, f.allowEmpty)
	}
	if err := f.resolve(cmd, files); err != nil {
		return false, err
	}
	var errs []error
	for i, path := range paths {
		want, err := files[i].config()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		device := deviceOfFile(path)
		s.jobs = append(s.jobs, &syncJob{
			device: device, want: want, newKind: cf.newKind(want), result: syncResult{dryRun: f.DryRun, name: files[i].peerName(device, others)},
		})
	}
	err = cf.run(cmd, func(c *wgctrl.Client) error { return s.run(cmd.Context(), cmd.ErrOrStderr(), c) })
	return s.changed(), errors.Join(append(errs, s.print(cmd.OutOrStdout()), err)...)
}

// syncAll is a run of sync --all.
type syncAll struct {
	*syncFlags
	devices int        // number of files and of devices to remove
	jobs    []*syncJob // one for each device, except for files with an error
}

// run does the jobs and then removes the devices that no file names, as far as the flags
// say so. It prints warnings to w.
func (s *syncAll) run(ctx context.Context, w io.Writer, c *wgctrl.Client) error {
	if !s.create && !s.prune {
		return s.runJobs(ctx, c)
	}
	existing, err := c.List(ctx)
	if err != nil {
		return err
	}
	names := deviceNames(existing)
	for _, job := range s.jobs {
		_, exists := slices.BinarySearch(names, job.device)
		job.missing = s.create && !exists
	}
	err = s.runJobs(ctx, c)
	switch {
	case !s.prune:
		return err
	case err != nil || len(s.jobs) < s.devices:
		fmt.Fprintln(w, "wgctrl: --prune removes no device, because a file or device has an error")
		return err
	}
	removals := prune(ctx, w, c, s.unnamed(existing), s.DryRun)
	s.jobs, s.devices = append(s.jobs, removals...), s.devices+len(removals)
	return joinErrors(removals)
}

// unnamed returns the devices that no file names, after all jobs succeeded.
func (s *syncAll) unnamed(existing []wgtypes.DeviceRef) []wgtypes.DeviceRef {
	named := make(map[string]bool, len(s.jobs))
	for _, job := range s.jobs {
		named[job.device] = true
		named[job.result.have.Name] = true // the file may have another name of the interface
	}
	return slices.DeleteFunc(slices.Clone(existing), func(ref wgtypes.DeviceRef) bool { return named[ref.Name] })
}

// joinErrors returns the joined errors of jobs.
func joinErrors(jobs []*syncJob) error {
	errs := make([]error, len(jobs))
	for i, job := range jobs {
		errs[i] = job.err
	}
	return errors.Join(errs...)
}

// runJobs does the jobs concurrently.
func (s *syncAll) runJobs(ctx context.Context, c *wgctrl.Client) error {
	var running sync.WaitGroup
	slots := make(chan struct{}, maxSyncs)
	for _, job := range s.jobs {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			job.err = job.result.sync(ctx, c, job.device, job.want, s.SyncOptions)
			if job.missing && errors.Is(job.err, fs.ErrNotExist) {
				job.err = job.create(ctx, c, s.SyncOptions)
			}
		})
	}
	running.Wait()
	return joinErrors(s.jobs)
}

// deviceOfFile returns the name of the device that a file of --all is for.
func deviceOfFile(path string) string { return strings.TrimSuffix(filepath.Base(path), confSuffix) }

// results returns the results of the jobs without an error.
func (s *syncAll) results() (results []*syncResult) {
	for _, job := range s.jobs {
		if job.err == nil && job.result.have != nil { // it ran
			results = append(results, &job.result)
		}
	}
	return results
}

// changed reports whether a device changed or, in a dry run, would change.
func (s *syncAll) changed() bool { return slices.ContainsFunc(s.results(), (*syncResult).isChange) }

// print prints the results in the form of the flags.
func (s *syncAll) print(w io.Writer) error {
	forms := []syncJSON{} // a list in JSON
	count := make(map[syncAction]int)
	changed := 0
	results := s.results()
	for _, r := range results {
		count[r.action]++
		if r.action == actionSync && r.isChange() {
			changed++
		}
		if s.json {
			form, err := r.json()
			if err != nil {
				return err
			}
			forms = append(forms, form)
		} else if err := s.syncFlags.print(w, r); err != nil {
			return err
		}
	}
	switch {
	case s.quiet:
		return nil
	case s.json:
		return writeJSON(w, forms)
	}
	var parts []string
	for _, action := range []syncAction{actionCreate, actionRemove} {
		if n := count[action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %sd", n, action))
		}
	}
	parts = append(parts, fmt.Sprintf("%d changed, %d unchanged, %d failed", changed, count[actionSync]-changed, s.devices-len(results)))
	_, err := fmt.Fprintf(w, "%s: %s\n", plural(s.devices, "device"), strings.Join(parts, ", "))
	return err
}
