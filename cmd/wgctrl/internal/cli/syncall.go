package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// maxSyncs limits how many devices sync --all changes at the same time.
const maxSyncs = 32

// syncJob is a device that sync --all changes.
type syncJob struct {
	device string
	want   wgtypes.Config
	result syncResult
	err    error
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
	var errs []error
	var jobs []*syncJob
	for _, path := range paths {
		job, err := newSyncJob(cmd, path, f, others)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		jobs = append(jobs, job)
	}
	err = cf.run(cmd, func(c *wgctrl.Client) error {
		var running sync.WaitGroup
		slots := make(chan struct{}, maxSyncs)
		for _, job := range jobs {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				job.err = job.result.sync(cmd.Context(), c, job.device, job.want, f.SyncOptions)
			})
		}
		running.Wait()
		var failed []error
		for _, job := range jobs {
			failed = append(failed, job.err)
			changed = changed || job.err == nil && !job.result.change.IsZero()
		}
		return errors.Join(failed...)
	})
	return changed, errors.Join(append(errs, f.printAll(cmd.OutOrStdout(), jobs, len(paths)), err)...)
}

// newSyncJob returns the job of a file, whose name is that of the device.
func newSyncJob(cmd *cobra.Command, path string, f *syncFlags, others fileNames) (*syncJob, error) {
	device := strings.TrimSuffix(filepath.Base(path), confSuffix)
	if err := checkDeviceName(device); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	want, names, err := readConfig(cmd, path, f)
	if err != nil {
		return nil, err
	}
	name := func(key wgtypes.PublicKey) string { return cmp.Or(names[key], others.of(device, key)) }
	return &syncJob{device: device, want: want, result: syncResult{dryRun: f.DryRun, name: name}}, nil
}

// printAll prints the results of the jobs without an error in the form of the flags, and
// how many of the files they are.
func (f *syncFlags) printAll(w io.Writer, jobs []*syncJob, files int) error {
	forms := []syncJSON{} // a list in JSON
	changed, unchanged := 0, 0
	for _, job := range jobs {
		switch {
		case job.err != nil:
			continue
		case job.result.change.IsZero():
			unchanged++
		default:
			changed++
		}
		if f.json {
			form, err := job.result.json()
			if err != nil {
				return err
			}
			forms = append(forms, form)
		} else if err := f.print(w, &job.result); err != nil {
			return err
		}
	}
	switch {
	case f.quiet:
		return nil
	case f.json:
		return writeJSON(w, forms)
	}
	_, err := fmt.Fprintf(w, "%s: %d changed, %d unchanged, %d failed\n", plural(files, "device"), changed, unchanged, files-changed-unchanged)
	return err
}
