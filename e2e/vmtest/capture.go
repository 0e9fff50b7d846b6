package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// testdata is the directory of captures, relative to the module's root.
const testdata = "internal/wglinux/nlwire/testdata"

// wgSetKernel is the kernel on which the requests of wg(8) are recorded. They do not
// depend on the kernel.
const wgSetKernel = "6.12"

func captureCommand(ctx context.Context, args []string) error {
	cache, names, err := parseNames("vmtest capture", args, fetchableNames())
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "vmtest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "capture")
	if err := buildCapture(ctx, root, program); err != nil {
		return err
	}
	for _, name := range names {
		if err := captureKernel(ctx, cache, name, program, filepath.Join(root, testdata)); err != nil {
			return err
		}
	}
	return nil
}

func buildCapture(ctx context.Context, root, program string) error {
	_, err := output(ctx, root, "env", "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64",
		"go", "build", "-trimpath", "-o", program, "./e2e/vmtest/capture")
	return err
}

// captureKernel runs the program in a guest and writes the files that it prints.
func captureKernel(ctx context.Context, cache, name, program, dir string) error {
	j := job{
		kernel: name, cache: cache, accel: defaultAccel, memory: 2048, timeout: 10 * time.Minute, dir: "/",
		programs: [][]string{{program, "get"}},
	}
	if name == wgSetKernel {
		j.programs = append(j.programs, []string{program, "wg-set"})
	}
	for _, tool := range []string{"ip", "strace", "wg"} {
		path, err := lookTool(tool)
		if err != nil {
			return err
		}
		j.files = append(j.files, fileCopy{path, path})
	}
	var out bytes.Buffer
	status, err := run(ctx, j, &out)
	if err == nil && status != 0 {
		err = fmt.Errorf("exit status %d", status)
	}
	if err != nil {
		return fmt.Errorf("capture on %s: %w; it printed:\n%s", name, err, lastLines(out.String(), 10))
	}
	files, err := parseArchive(out.String())
	if err != nil {
		return fmt.Errorf("capture on %s: %w", name, err)
	}
	fmt.Fprintf(os.Stderr, "vmtest: %s: %d files\n", name, len(files))
	return writeFiles(dir, files)
}

func lastLines(s string, n int) string {
	lines := strings.SplitAfter(s, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "")
}

// An archived file follows a line "-- name --", as in golang.org/x/tools/txtar.
type archived struct{ name, content string }

func parseArchive(text string) ([]archived, error) {
	var files []archived
	for line := range strings.Lines(text) {
		name, ok := strings.CutPrefix(line, "-- ")
		if ok {
			name, ok = strings.CutSuffix(name, " --\n")
		}
		switch {
		case ok && !filepath.IsLocal(name):
			return nil, fmt.Errorf("unexpected file name %q", name)
		case ok:
			files = append(files, archived{name: name})
		case len(files) == 0:
			return nil, fmt.Errorf("unexpected line %q", line)
		default:
			files[len(files)-1].content += line
		}
	}
	return files, nil
}

func writeFiles(dir string, files []archived) error {
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(f.content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
