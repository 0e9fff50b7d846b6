package cli

import "testing"

// TestWGIsNotStrict checks that the rules for files that only wgctrl has do not
// apply under the name wg.
func TestWGIsNotStrict(t *testing.T) {
	t.Parallel()
	if env := asWG("wg", Streams{}); env.Strict || env.AllowEmpty || env.Clean != nil || env.Explain != nil {
		t.Errorf("asWG() = Strict %t, AllowEmpty %t, Clean %t, Explain %t, want none", env.Strict, env.AllowEmpty, env.Clean != nil, env.Explain != nil)
	}
}
