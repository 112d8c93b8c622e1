#!/bin/sh
# Rebuilds the Rust guests beside this script; with --check, compares what a rebuild gives with what is checked in.
# README.md says which toolchain it wants and how to give it another one.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo=${GUEST_CARGO:-/usr/bin/cargo}
rustc=${GUEST_RUSTC:-/usr/bin/rustc}
linker=${GUEST_LINKER:-$(find "${RUSTUP_HOME:-$HOME/.rustup}/toolchains" -path '*/bin/rust-lld' 2>/dev/null | sort | head -n 1)}
[ -n "$linker" ] || { echo "rebuild.sh: no rust-lld; set GUEST_LINKER to a wasm-ld or rust-lld" >&2; exit 2; }

# The compiler that the checked-in files come from; another one's bytes differ, and that tells nothing.
pinned="rustc 1.96.0"
case "${1:-}:$("$rustc" --version)" in
    --check:"$pinned "*) ;;
    --check:*) echo "rebuild.sh: --check wants $pinned, not $("$rustc" --version)" >&2; exit 2 ;;
esac

export RUSTC="$rustc" RUSTC_BOOTSTRAP=1
PATH=$(dirname "$rustc"):$PATH
unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS
common="--quiet --locked --manifest-path $here/rust/Cargo.toml --target wasm32-unknown-unknown -Z build-std=std,panic_abort"

# Panics name source files. What stays of a path must not tell where anybody keeps them, nor differ between machines.
# shellcheck disable=SC2086 # the options are words
"$cargo" fetch $common
sysroot=$("$rustc" --print sysroot)
paths="--remap-path-prefix=$here/rust=guest --remap-path-prefix=$sysroot=rust --remap-path-prefix=$work=target"
for crates in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    paths="$paths --remap-path-prefix=$crates=crates"
done

# build NAME RUSTFLAGS
build() {
    # shellcheck disable=SC2086 # as above
    CARGO_TARGET_DIR=$work/$1 RUSTFLAGS="-C linker=$linker $paths $2" "$cargo" build --release $common
    mv "$work/$1/wasm32-unknown-unknown/release/allocator.wasm" "$work/$1.wasm"
}

build allocator ""
build allocator-shared "-C target-feature=+atomics,+bulk-memory,+mutable-globals \
    -C link-arg=--import-memory -C link-arg=--shared-memory -C link-arg=--max-memory=67108864"

if [ "${1:-}" = --check ]; then
    for name in allocator allocator-shared; do
        cmp "$here/$name.wasm" "$work/$name.wasm" || { echo "rebuild.sh: $name.wasm is not what its source gives" >&2; exit 1; }
    done
    echo "the checked-in guests are what their source gives"
else
    mv "$work/allocator.wasm" "$work/allocator-shared.wasm" "$here/"
    ls -l "$here/allocator.wasm" "$here/allocator-shared.wasm"
fi
