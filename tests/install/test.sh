#!/bin/sh
# What an installation promises; see the Makefile.
set -eu
cd "$(dirname "$0")"
here=$(pwd)
top=$(cd ../.. && pwd)
CC=${CC:-cc}
CXX=${CXX:-c++}

for tool in "$CC" "$CXX" pkg-config cmake readelf nm; do
    command -v "$tool" > /dev/null && continue
    ../skipped.sh "the installation" "$tool is missing (Debian: apt-get install g++ pkg-config cmake binutils)"
    exit
done

say() { echo "ok: $*"; }
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
expect_failure() { # COMMAND...
    if "$@" > "$BUILD/log" 2>&1; then fail "this should not work: $*"; fi
}
quietly() { # COMMAND...
    "$@" > "$BUILD/log" 2>&1 || { cat "$BUILD/log"; fail "$*"; }
}

rm -rf "$BUILD"
mkdir -p "$BUILD"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$top/Cargo.toml" | head -n 1)
major=${version%%.*}
installer() { env -u CDPATH LIB="$LIB" "$@" > "$BUILD/log" 2>&1 || { cat "$BUILD/log"; fail "$*"; }; }

# Everything is tried in a tree that was moved after it was installed: nothing in it may know where it was.
installer PREFIX="$BUILD/before" "$top/packaging/install.sh" install
prefix=$BUILD/moved
mv "$BUILD/before" "$prefix"
if grep -rlF "$BUILD" "$prefix/lib/pkgconfig" "$prefix/lib/cmake"; then fail "these name the folder of the installation"; fi
say "the installed tree can be moved"

# --- The library itself ---
so=$prefix/lib/libprimer.so.$version
readelf -d "$so" | grep -qF "Library soname: [libprimer.so.$major]" || fail "the SONAME is not libprimer.so.$major"
[ "$(readlink "$prefix/lib/libprimer.so.$major")" = "libprimer.so.$version" ] || fail "libprimer.so.$major"
[ "$(readlink "$prefix/lib/libprimer.so")" = "libprimer.so.$major" ] || fail "libprimer.so"
say "libprimer.so.$version has the SONAME libprimer.so.$major"

# What the header declares is what is exported: not a symbol more, not one less.
nm -D --defined-only --format=posix "$so" | cut -d ' ' -f 1 | sort > "$BUILD/exported"
sed -n '/^ \*/d; /^#define/d; /(\*/d; s/.*\b\(primer_[a-z0-9_]*\)(.*/\1/p' "$prefix/include/primer.h" | sort -u > "$BUILD/declared"
[ "$(wc -l < "$BUILD/declared")" -gt 60 ] || fail "the declarations of primer.h were not found"
diff "$BUILD/declared" "$BUILD/exported" || fail "primer.h (<) declares something else than libprimer.so (>) exports"
say "primer.h declares what libprimer.so exports, $(wc -l < "$BUILD/exported") functions"

# --- Programs ---
printf 'PER Angela Merkel\nLOC Hamburg\n' > "$BUILD/expected"
# Runs a program, which must tag, and must need the shared library exactly where it was linked with it.
run() { # PROGRAM shared|static
    (cd "$top" && "$1" models/primer-mini.gguf models/per-loc-org.safetensors) > "$BUILD/output" || fail "$1"
    cmp "$BUILD/expected" "$BUILD/output" || fail "$1 found something else"
    needed=static
    if readelf -d "$1" | grep -qF "[libprimer.so.$major]"; then needed=shared; fi
    [ $needed = "$2" ] || fail "$1 is $needed"
    say "$(basename "$1")"
}

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
[ "$(pkg-config --modversion primer)" = "$version" ] || fail "the version of primer.pc"
libdir=$(pkg-config --variable=libdir primer)
strict="-Wall -Wextra -Wpedantic -Werror"
static_libs=$(pkg-config --static --libs primer | sed 's/-lprimer /-l:libprimer.a /')
# shellcheck disable=SC2046,SC2086 # flags are several words
for kind in shared static; do
    if [ $kind = shared ]; then libs="$(pkg-config --libs primer) -Wl,-rpath,$libdir"; else libs=$static_libs; fi
    quietly "$CC" -std=c99 $strict $(pkg-config --cflags primer) -o "$BUILD/pkgconfig_c_$kind" consumer.c $libs
    run "$BUILD/pkgconfig_c_$kind" $kind
    quietly "$CXX" -std=c++17 $strict $(pkg-config --cflags primer) -o "$BUILD/pkgconfig_cpp_$kind" consumer.cpp $libs
    run "$BUILD/pkgconfig_cpp_$kind" $kind
done

quietly cmake -S . -B "$BUILD/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
quietly cmake --build "$BUILD/cmake"
for language in c cpp; do
    run "$BUILD/cmake/cmake_${language}_primer" shared
    run "$BUILD/cmake/cmake_${language}_static" static
done

quietly cmake -S "$top/examples/cpp" -B "$BUILD/example" -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build "$BUILD/example"
quietly "$BUILD/example/ner_tagger" --help
grep -q '^usage: ner_tagger' "$BUILD/log" || fail "the example's help"
say "the example in C++ by CMake"

# What rustc says that a program with the static library needs is what primer.pc says.
if command -v rustc > /dev/null; then
    echo > "$BUILD/empty.rs"
    rustc --crate-type staticlib --print native-static-libs -o "$BUILD/empty.a" "$BUILD/empty.rs" 2>&1 |
        sed -n 's/.*native-static-libs: //p' > "$BUILD/rustc"
    private=$(sed -n 's/^Libs.private: //p' "$prefix/lib/pkgconfig/primer.pc")
    [ "$private" = "$(cat "$BUILD/rustc")" ] || fail "Libs.private is $private, rustc says $(cat "$BUILD/rustc")"
    say "Libs.private is what rustc asks for"
fi

# --- Versions ---
find_version() { # WANTED
    rm -rf "$BUILD/version"
    cmake -S version -B "$BUILD/version" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED="$1"
}
rest=${version#*.}
minor=${rest%%.*}
for wanted in "$major" "$major.$minor" "$version" "$version EXACT" "$version...$major.99" "$major.0...$version"; do
    quietly find_version "$wanted"
done
for wanted in "$major.$((minor + 1))" "$((major + 1)).0" "$version.1" "$major.0...<$version"; do
    expect_failure find_version "$wanted"
    grep -q 'Primer' "$BUILD/log" || fail "find_package($wanted) failed for another reason"
done
say "find_package takes what suits, and refuses what is too new"

# --- Other places ---
# As a distribution's package: a folder that stands for /, and libraries in a folder of the machine's own.
installer DESTDIR="$BUILD/stage" PREFIX=/usr LIBDIR=/usr/lib/some-machine "$top/packaging/install.sh" install
[ ! -e "$BUILD/stage/usr/lib/libprimer.so" ] || fail "LIBDIR was not used"
PKG_CONFIG_PATH=$BUILD/stage/usr/lib/some-machine/pkgconfig
# shellcheck disable=SC2046
quietly "$CC" $(pkg-config --cflags primer) -o "$BUILD/staged" consumer.c $(pkg-config --libs primer) \
    -Wl,-rpath,"$(pkg-config --variable=libdir primer)"
run "$BUILD/staged" shared
quietly cmake -S version -B "$BUILD/version-staged" -DWANTED="$version" \
    -DPrimer_DIR="$BUILD/stage/usr/lib/some-machine/cmake/Primer"
installer DESTDIR="$BUILD/stage" PREFIX=/usr LIBDIR=/usr/lib/some-machine "$top/packaging/install.sh" uninstall
[ -z "$(find "$BUILD/stage/usr" -mindepth 1)" ] || fail "left: $(find "$BUILD/stage/usr" -mindepth 1)"
expect_failure env LIB="$LIB" PREFIX="$BUILD/x" LIBDIR=/elsewhere "$top/packaging/install.sh" install
expect_failure env LIB="$here" PREFIX="$BUILD/x" "$top/packaging/install.sh" install
[ ! -e "$BUILD/x" ] || fail "a refused installation has left something"
say "DESTDIR and LIBDIR"

# The names that macOS has, wherever this runs; nothing is linked.
mkdir "$BUILD/mac"
touch "$BUILD/mac/libprimer.dylib" "$BUILD/mac/libprimer.a"
quietly env LIB="$BUILD/mac" PREFIX="$BUILD/mac/out" "$top/packaging/install.sh" install
[ "$(readlink "$BUILD/mac/out/lib/libprimer.dylib")" = "libprimer.$major.dylib" ] || fail "libprimer.dylib"
[ "$(readlink "$BUILD/mac/out/lib/libprimer.$major.dylib")" = "libprimer.$version.dylib" ] || fail "libprimer.$major.dylib"
grep -q "IMPORTED_SONAME \"@rpath/libprimer.$major.dylib\"" "$BUILD/mac/out/lib/cmake/Primer/PrimerConfig.cmake" ||
    fail "the install name"
grep -q '^Libs.private: -lSystem ' "$BUILD/mac/out/lib/pkgconfig/primer.pc" || fail "Libs.private of macOS"
say "the names of macOS"

# --- Coming and going ---
# Files of an earlier version go; what others have put into the same folders stays, with its folders.
echo stale > "$prefix/lib/libprimer.so.0.0.1"
sed -i '1i lib/libprimer.so.0.0.1' "$prefix/share/doc/primer/installed.txt"
echo theirs > "$prefix/lib/libother.so"
installer PREFIX="$prefix" "$top/packaging/install.sh" install
[ ! -e "$prefix/lib/libprimer.so.0.0.1" ] || fail "a file of an earlier version has stayed"
installer PREFIX="$prefix" "$top/packaging/install.sh" uninstall
[ "$(find "$prefix" -mindepth 1 | sort | tr '\n' ' ')" = "$prefix/lib $prefix/lib/libother.so " ] ||
    fail "left: $(find "$prefix" -mindepth 1)"
expect_failure env LIB="$LIB" PREFIX="$prefix" "$top/packaging/install.sh" uninstall
say "uninstall takes away what was installed, and nothing else"
rm -rf "$BUILD"/stage "$BUILD"/cmake "$BUILD"/*_static
