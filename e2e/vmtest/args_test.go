package main

import (
	"errors"
	"flag"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseRun(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs("x")
	if err != nil {
		t.Fatal(err)
	}
	base := job{kernel: "6.1", accel: defaultAccel, timeout: 5 * time.Minute, memory: 2048, dir: "/"}
	tests := []struct {
		args string
		want func(*job)
	}{
		{"-kernel 6.1 -- true", func(j *job) { j.programs = [][]string{{"true"}} }},
		{"-kernel 6.1 -- a -x 1 -- b -- c -kernel 6.12", func(j *job) {
			j.programs = [][]string{{"a", "-x", "1"}, {"b"}, {"c", "-kernel", "6.12"}}
		}},
		{"-kernel 6.1 -timeout 9s -mem 512 -dir /src -cache c -accel kvm -- true", func(j *job) {
			j.timeout, j.memory, j.dir, j.cache, j.accel = 9*time.Second, 512, "/src", "c", "kvm"
			j.programs = [][]string{{"true"}}
		}},
		{"-kernel 6.1 -root reference -- true", func(j *job) { j.root, j.programs = "reference", [][]string{{"true"}} }},
		{"-kernel 6.1 -env A=1 -env B= -noload wireguard -- true", func(j *job) {
			j.env, j.noload = []string{"A=1", "B="}, []string{"wireguard"}
			j.programs = [][]string{{"true"}}
		}},
		{"-kernel 6.1 -file x -file a/b:/c -- true", func(j *job) {
			j.files = []fileCopy{{"x", filepath.ToSlash(here)}, {"a/b", "/c"}}
			j.programs = [][]string{{"true"}}
		}},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			want := base
			test.want(&want)
			got, err := parseRun(strings.Fields(test.args))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, error %v; want %+v", got, err, want)
			}
		})
	}
}

func TestParseRunErrors(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                                     "-kernel is missing",
		"-- true":                              "-kernel is missing",
		"-kernel 6.1":                          "missing program after --",
		"-kernel 6.1 true":                     `unexpected argument "true" before --`,
		"-kernel 6.1 -- ":                      "missing program between",
		"-kernel 6.1 -- a -- -- b":             "missing program between",
		"-kernel 6.1 -env A -- true":           "NAME=VALUE",
		"-kernel 6.1 -env ;reboot=1 -- true":   "NAME=VALUE",
		"-kernel 6.1 -file a:b -- true":        "HOST:/GUEST",
		"-kernel 6.1 -file :/c -- true":        "HOST:/GUEST",
		"-kernel 6.1 -env ;reboot -- true":     "NAME=VALUE",
		"-kernel 6.1 -noload ext4 -- true":     "must be one of wireguard, dummy, tun, veth",
		"-kernel 6.1 -timeout soon -- true":    "invalid value",
		"-kernel 6.1 -there-is-no-such -- yes": "not defined",
	} {
		_, err := parseRun(strings.Fields(args))
		if !errors.Is(err, errUsage) || !matches(err, want) {
			t.Errorf("%q: got %v, want %q", args, err, want)
		}
	}
}

// TestParseRunHelp checks that a request for help is not a usage error.
func TestParseRunHelp(t *testing.T) {
	t.Parallel()
	if _, err := parseRun([]string{"-h"}); !errors.Is(err, flag.ErrHelp) || errors.Is(err, errUsage) {
		t.Errorf("parseRun(-h) = %v, want flag.ErrHelp", err)
	}
}

func TestParseNames(t *testing.T) {
	t.Parallel()
	known := []string{"6.1", "reference"}
	tests := []struct {
		args  string
		cache string
		names []string
		err   string
	}{
		{"", "", known, ""},
		{"reference", "", []string{"reference"}, ""},
		{"-cache c 6.1 6.1", "c", []string{"6.1", "6.1"}, ""},
		{"6.1 5.4", "", nil, `unknown name "5.4": must be one of 6.1, reference`},
		{"-nonsense", "", nil, "not defined"},
	}
	for _, test := range tests {
		cache, names, err := parseNames("test", strings.Fields(test.args), known)
		if cache != test.cache || !reflect.DeepEqual(names, test.names) || !matches(err, test.err) {
			t.Errorf("%q: got %q, %q, error %v; want %q, %q, %q", test.args, cache, names, err, test.cache, test.names, test.err)
		}
	}
}

func TestShellText(t *testing.T) {
	t.Parallel()
	const want = "export A='it'\\''s $HOME'\nexport B=''\nexport C='x=y'\n"
	if got := exports([]string{"A=it's $HOME", "B=", "C=x=y"}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
