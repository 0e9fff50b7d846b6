#!/bin/bash -eu
# Builds the fuzz targets for OSS-Fuzz, in its image base-builder-go. It changes files
# of the checkout. scripts/ossfuzz runs it outside of the image.
cd "$SRC/wgctrl"

# Targets that OSS-Fuzz cannot run: those in e2e need other programs, and the tests of
# wguser need names that export_test.go adds to the package.
skipped='/e2e/|/internal/wguser$'

# go-118-fuzz-build replaces files of the standard library, which the go command
# refuses for a toolchain that it has downloaded itself.
root=$(go env GOROOT)
case $root in
"$(go env GOMODCACHE)"/*)
    copy=$(mktemp -d)
    cp -r "$root/." "$copy"
    chmod -R u+w "$copy"
    export GOROOT=$copy PATH=$copy/bin:$PATH GOTOOLCHAIN=local
    ;;
esac

# targets FILE... prints the names of the fuzz targets in the files.
targets() {
    sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(f \*testing\.F) {$/\1/p' "$@"
}

# compile PACKAGE NAME FILE... builds the targets in the files of the package.
compile() {
    local target
    for target in $(targets "${@:3}"); do
        compile_native_go_fuzzer_v2 "$1" "$target" "$2_${target%OSS}"
    done
}

go list -f '{{.ImportPath}}|{{.Dir}}|{{join .TestGoFiles " "}}|{{join .XTestGoFiles " "}}' work >"$WORK/packages"
while IFS='|' read -r path directory internal external; do
    if [[ $path =~ $skipped ]] || ! grep -qs '^func Fuzz' "$directory"/*_test.go; then
        continue
    fi
    cd "$directory"
    name=${path#github.com/wgctrl/wgctrl/}
    name=${name//\//_}
    # compile_native_go_fuzzer_v2 ignores a name that another one begins with.
    sed -i 's/^\(func Fuzz[A-Za-z0-9]*\)(f /\1OSS(f /' *_test.go
    # go-118-fuzz-build compiles all test files of a folder as one package.
    if [ -n "$external" ]; then
        mkdir ossfuzz
        mv $external ossfuzz
        if [ -d testdata ]; then cp -r testdata ossfuzz; fi
        sed -i '0,/^package .*/s//package ossfuzz/' ossfuzz/*_test.go
        echo 'package ossfuzz' >ossfuzz/doc.go
        cd ossfuzz
        compile "$path/ossfuzz" "$name" $external
        cd ..
    fi
    if [ -n "$internal" ]; then
        compile "$path" "$name" $internal
    fi
done <"$WORK/packages"
