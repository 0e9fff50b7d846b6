package cli

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSyncResult checks that the summary and the JSON form count the same peers as the
// text of the change, and that the JSON form has no secrets and can be read as events.
func TestSyncResult(t *testing.T) {
	t.Parallel()
	kinds := map[wgtypes.EventKind]string{wgtypes.EventPeerAdded: "+ peer ", wgtypes.EventPeerRemoved: "- peer ", wgtypes.EventPeerChanged: "~ peer "}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		have := testutil.RandomDevice(r, testutil.RandomOptions{})
		want := testutil.RandomConfig(r, have, testutil.RandomOptions{})
		secret := wgtypes.NewPrivateKey(testutil.SecretBytes)
		want.PrivateKey = &secret
		result := syncResult{have: have, change: wgctrl.Diff(have, want), name: func(wgtypes.PublicKey) string { return "a" }}
		form, err := result.json()
		if err != nil {
			t.Fatalf("json() of seed %d = %v", seed, err)
		}
		text := "\n" + string(wgtypes.AppendChange(nil, have, result.change, nil))
		got := make(map[wgtypes.EventKind]int)
		for _, change := range form.Changes {
			var e wgtypes.Event
			if err := json.Unmarshal(change, &e); err != nil {
				t.Errorf("Unmarshal(%s) = %v, want an event", change, err)
			}
			if f := testutil.FindSecret(string(change)); f != "" {
				t.Errorf("change %s contains %s, want no secret", change, f)
			}
			got[e.Kind]++
		}
		for kind, sign := range kinds {
			if want := strings.Count(text, "\n"+sign); got[kind] != want {
				t.Errorf("events %v of seed %d = %d, want %d as in%s", kind, seed, got[kind], want, text)
			}
		}
		s := form.Summary
		if s.Added != got[wgtypes.EventPeerAdded] || s.Removed != got[wgtypes.EventPeerRemoved] || s.Changed != got[wgtypes.EventPeerChanged] || s.Unchanged+s.Changed+s.Removed != len(have.Peers) {
			t.Errorf("summary of seed %d = %+v, want %v and %d peers before", seed, s, got, len(have.Peers))
		}
	}
}

// TestSyncSummary checks the text of a summary.
func TestSyncSummary(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]syncSummary{
		"1 setting changed":                     {Settings: 1},
		"2 settings changed; 2 peers unchanged": {Settings: 2, Unchanged: 2},
		"1 peer added, 2 changed, 40 unchanged": {Added: 1, Changed: 2, Unchanged: 40},
		"3 peers removed":                       {Removed: 3},
		"1 setting changed; 1 peer added, 1 changed, 1 removed, 1 unchanged": {1, 1, 1, 1, 1},
	} {
		if got := s.String(); got != want {
			t.Errorf("String(%#v) = %q, want %q", s, got, want)
		}
	}
}
