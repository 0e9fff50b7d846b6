package main

import (
	"fmt"
	"strings"
)

// parseList parses the one-line format of sources.list(5):
//
//	deb [signed-by=/key.gpg] http://host/debian bookworm main
func parseList(text string) []source {
	var all []source
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		var s source
		if options, after, ok := strings.Cut(rest, "]"); ok {
			rest = after
			for option := range strings.FieldsSeq(strings.Trim(options, " [")) {
				if key, value, _ := strings.Cut(option, "="); key == "signed-by" {
					s.signedBy = value
				}
			}
		}
		if f := strings.Fields(rest); len(f) >= 2 {
			s.uri, s.suite = f[0], f[1]
			all = append(all, s)
		}
	}
	return all
}

// parseSources parses the deb822 format: stanzas of "Field: value" lines. A stanza may
// have several archives and suites.
func parseSources(text string) []source {
	var all []source
	for stanza := range strings.SplitSeq(text, "\n\n") {
		fields := stanzaFields(stanza)
		if strings.EqualFold(fields["enabled"], "no") {
			continue
		}
		key := fields["signed-by"]
		if !strings.HasPrefix(key, "/") {
			key = "" // the stanza contains the key; Debian's keys are trusted anyway
		}
		for uri := range strings.FieldsSeq(fields["uris"]) {
			for suite := range strings.FieldsSeq(fields["suites"]) {
				all = append(all, source{uri: uri, suite: suite, signedBy: key})
			}
		}
	}
	return all
}

func stanzaFields(stanza string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(stanza) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
		}
	}
	return fields
}

// sourcesFor returns the machine's Debian archives with other suites. A suite that ends
// in -security has its own archive; it is left out if the machine does not have it.
func sourcesFor(machine []source, codename string, suites []string) ([]source, error) {
	var wanted []source
	for _, suite := range suites {
		security := strings.HasSuffix(suite, "-security")
		if s, ok := archive(machine, codename, security); ok {
			s.suite = suite
			wanted = append(wanted, s)
		} else if !security {
			return nil, fmt.Errorf("no archive of Debian %q in this machine's apt sources", codename)
		}
	}
	return wanted, nil
}

// archive returns Debian's archive: the one with a suite of Debian.
func archive(machine []source, codename string, security bool) (source, bool) {
	names := []string{codename, "stable", "oldstable", "testing"}
	for _, name := range names {
		if security {
			name += "-security"
		}
		for _, s := range machine {
			if s.suite == name {
				return s, true
			}
		}
	}
	return source{}, false
}
