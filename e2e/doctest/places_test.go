package doctest

// elsewhere are commands that run in CI or in another test. The value is the file
// that has the command; after a colon, it is the text that runs it there.
var elsewhere = map[string]string{
	"go run ./examples/list":              "examples/list/main_test.go: list(t.Context(), c, &out)",
	"go run ./cmd/wgctrl demo":            ".ci/run",
	"go test work":                        ".ci/run",
	"go run ./examples/netstack":          ".ci/run: workspace=(. cmd/wgctrl e2e examples",
	"go run ./e2e/vmtest fetch":           ".ci/run",
	"go run ./e2e/vmtest fetch reference": ".ci/run",
	"go test ./e2e/wgcompare":             ".ci/run: go test work",
	"GOARCH=386 go test work":             ".ci/run: GOARCH=386 CGO_ENABLED=0 go test work",
	"GOARCH=s390x go test -exec qemu-s390x-static ./uapi ./internal/wglinux/...": ".ci/run: GOARCH=s390x CGO_ENABLED=0 go test -exec qemu-s390x-static",
	"go test -run '^$' -fuzz FuzzSplit ./internal/wglinux/nlwire":                "scripts/fuzz: -test.fuzz",
	"scripts/fuzz 2m ./uapi ./wgconf":                                            ".ci/run: scripts/fuzz",
	"scripts/vulncheck":                                                          ".ci/run",
	"WGTEST_SOAK=10m go test -v -timeout 0 -run TestSoak ./e2e":                  ".ci/run: WGTEST_SOAK=1m go test",
	`go mod edit -replace=golang.zx2c4.com/wireguard/wgctrl="$WGCTRL/compat" -replace=github.com/wgctrl/wgctrl="$WGCTRL"`: "compat/difftest/build_test.go: go mod edit .*\\$WGCTRL",
	"go mod tidy": "compat/difftest/build_test.go",
	"BENCH_CHECK=1 scripts/bench 6.12 -small -rounds 1":                              ".ci/run",
	"go test -run '^$' -bench . -count 10 ./internal/wglinux/nlwire ./uapi ./wgconf": ".ci/run: go test -run '^$' -bench .",
	"wgctrl watch --json wg0":           "cmd/wgctrl/internal/cli/watch_test.go: func TestWatchJSON",
	"wgctrl top":                        "cmd/wgctrl/top_test.go: func TestTop(",
	"go test ./cmd/wgctrl -run TestTop": ".ci/run: go test work",
	"wgctrl demo":                       "cmd/wgctrl/internal/cli/testdata/script/demo.txtar",
	"go install github.com/wgctrl/wgctrl/cmd/wgctrl@latest":                     "scripts/release: go install \"$root/cmd/wgctrl@$version\"",
	"go install github.com/wgctrl/wgctrl/prometheus/cmd/wgctrl-exporter@latest": "scripts/release: go install \"$root/prometheus/cmd/wgctrl-exporter@$version\"",
	"cd prometheus && WGTEST_PROMETHEUS=1 go test ./...":                        ".ci/run: export WGTEST_PROMETHEUS=1",
	"RELEASE_QUICK=1 scripts/snapshot out":                                      ".ci/run: RELEASE_QUICK=1 scripts/snapshot",
}

// notRun are commands that no test can run, with the reason.
var notRun = map[string]string{
	"WGTEST_LARGE=1 go test -run TestPeerLimit ./e2e":                                               "it takes 2 GiB of memory",
	"go mod edit -replace=golang.zx2c4.com/wireguard/wgctrl=github.com/wgctrl/wgctrl/compat@latest": "it asks for what is published",
	"go run ./e2e/vmtest run -kernel 6.1 -- /tmp/wglinux.test -test.v":                              "scripts/kernels does that with many programs, on all kernels",
	"go run ./e2e/vmtest capture":                                                                   "it rewrites captures, which are of one moment",
	"WGCOMPARE_CONTINUE=1 go test ./e2e/wgcompare":                                                  "of use after a failure",
	"WGCOMPARE_SELF=1 go test ./e2e/wgcompare":                                                      "it takes as long as the comparison, and judges its scripts when they change",
	"cd prometheus && go build -o /usr/local/bin/wgctrl-exporter ./cmd/wgctrl-exporter":             "it installs; the tests of the module build the command and run it",
	"wgctrl-exporter --names '/etc/wireguard/*.conf'":                                               "it takes a fixed port; the tests of prometheus/internal/exporter give this flag",
	"curl -s localhost:9586/metrics | grep ^wireguard":                                              "it asks the exporter at its fixed port",
	"go test ./cmd/wgctrl/internal/top -update":                                                     "it rewrites what it is judged by",
	"go run ./e2e/screenshot docs/images/top.svg":                                                   "it takes four minutes, for peers to go silent; the tests of top run the program",
	"scripts/bench":        "it takes an hour; CI runs the small sizes",
	"scripts/snapshot out": "it takes half an hour; .ci/run builds for three platforms",
	"podman build -f examples/container/Containerfile -t wireguard .":                                  "it fetches an image; the program is built and run by its test",
	"podman run --cap-drop=all --cap-add=net_admin -v ./wg0.conf:/wg0.conf:ro wireguard wg0 /wg0.conf": "there is no engine; the test runs the program with these capabilities",
}

// kernelCommands need a kernel device. TestKernelCommands runs them in this order
// in a new network namespace, next to another one called lab.
var kernelCommands = []string{
	"wgctrl add wg0",
	"ip addr add 10.0.0.1/24 dev wg0",
	"ip link set wg0 up",
	"wgctrl del wg0",
	"wgctrl add wg0 --up",
	"wgctrl --netns lab add wg9",
	"wgctrl --netns lab show",
}

// texts are the indented blocks that are not commands, by their first lines.
var texts = []string{
	"docs/command.md: wg0:",
	"docs/command.md: 2026-01-02T12:00:00+01:00 device-added wg0 kernel, public key QiyOemIn17yhNQs+K7cnn3iXuHu2hUt4PGDoAxGuMHk=, port 51820",
	"docs/exporter.md: # Alice's laptop",
	"docs/exporter.md: rate(wireguard_peer_receive_bytes_total[5m])",
	"docs/exporter.md: [Service]",
	"docs/testing.md: busybox-static kmod qemu-system-x86 wireguard-tools xz-utils",
}
