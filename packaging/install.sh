#!/bin/sh
# Installs the built library for programs in C and C++, or takes it away again:
#
#     packaging/install.sh install
#     packaging/install.sh uninstall
#
# What can be set in the environment:
#     PREFIX    where to (/usr/local)
#     LIBDIR    where the libraries go: a path below PREFIX, or relative to it (lib)
#     DESTDIR   a folder that stands for / while a package is made (none)
#     LIB       the folder with the built libraries (target/release)
#     STATIC_LIBS  what a program that takes the static library must link too; rustc tells what a build needs:
#                  cargo rustc --release --lib --crate-type staticlib -- --print native-static-libs
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}
LIB=${LIB:-$top/target/release}

fail() {
    echo "install: $*" >&2
    exit 1
}

case $PREFIX in
    /) ;;
    /*) PREFIX=${PREFIX%/} ;;
    *) PREFIX=$(pwd)/${PREFIX%/} ;;
esac
LIBDIR=${LIBDIR:-lib}
case $LIBDIR in
    "$PREFIX"/*) libdir=${LIBDIR#"$PREFIX"/} ;;
    /*) fail "LIBDIR ($LIBDIR) must lie below PREFIX ($PREFIX)" ;;
    *) libdir=$LIBDIR ;;
esac
libdir=${libdir%/}
case /$libdir/ in
    */../* | */./* | *//*) fail "LIBDIR must be a plain path" ;;
esac

root=$DESTDIR$PREFIX
doc=share/doc/primer
# What was installed, relative to PREFIX: files first, then folders that had to be made, the deepest first.
manifest=$doc/installed.txt

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$top/Cargo.toml" | head -n 1)
major=${version%%.*}
[ -n "$version" ] || fail "no version in Cargo.toml"

# Makes a folder below PREFIX with all that lead to it, noting those that were not there.
make_folder() {
    [ -d "$root/$1" ] && return
    case $1 in
        */*) make_folder "${1%/*}" ;;
    esac
    mkdir -p "$root/$1"
    # The deepest first: it must go before the one that it is in.
    { echo "$1/"; cat "$scratch/folders"; } > "$scratch/more" && mv "$scratch/more" "$scratch/folders"
}

# A file replaces another by renaming: a program that runs with the old library keeps it.
put() { # SOURCE TARGET MODE
    make_folder "$(dirname "$2")"
    cp "$1" "$root/$2.new"
    chmod "$3" "$root/$2.new"
    mv -f "$root/$2.new" "$root/$2"
    echo "$2" >> "$scratch/files"
}

link_to() { # NAME TARGET
    ln -sf "$1" "$root/$2"
    echo "$2" >> "$scratch/files"
}

# ../.. as often as the path has folders.
up() { echo "$1" | sed 's|[^/][^/]*|..|g'; }

fill() { # TEMPLATE TARGET
    sed -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|$major|g" -e "s|@PREFIX_TO_LIB@|$libdir|g" \
        -e "s|@PC_TO_PREFIX@|$(up "$libdir/pkgconfig")|g" -e "s|@CMAKE_TO_PREFIX@|$(up "$libdir/cmake/Primer")|g" \
        -e "s|@SHARED_FILE@|$shared_file|g" -e "s|@SONAME@|$soname|g" \
        -e "s|@STATIC_LIBS@|$static_libs|g" -e "s|@STATIC_LIBS_LIST@|$(echo "$static_libs" | tr ' ' ';')|g" \
        -e "s|@POINTER_SIZE@|$((bits / 8))|g" -e "s|@POINTER_BITS@|$bits|g" "$top/packaging/$1" > "$scratch/filled"
    put "$scratch/filled" "$2" 644
}

remove_old() {
    while IFS= read -r path; do
        case $path in
            */) rmdir "$root/$path" 2>/dev/null || true ;; # something else has come to live there
            *) rm -f "$root/$path" ;;
        esac
    done
}

install_all() {
    if [ -f "$LIB/libprimer.so" ]; then
        built=libprimer.so soname=libprimer.so.$major shared_file=libprimer.so.$version
        # rustc --print native-static-libs
        static_libs=${STATIC_LIBS:--lgcc_s -lutil -lrt -lpthread -lm -ldl -lc}
    elif [ -f "$LIB/libprimer.dylib" ]; then
        built=libprimer.dylib soname=@rpath/libprimer.$major.dylib shared_file=libprimer.$version.dylib
        static_libs=${STATIC_LIBS:--lSystem -lc -lm}
    else
        fail "no libprimer.so in $LIB: build it with cargo build --release"
    fi
    [ -f "$LIB/libprimer.a" ] || fail "no libprimer.a in $LIB"
    grep -q "^#define PRIMER_VERSION \"$version\"$" "$top/include/primer.h" ||
        fail "include/primer.h is not of version $version: make generate"
    bits=$(getconf LONG_BIT)

    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    : > "$scratch/files"
    : > "$scratch/folders"
    mkdir -p "$root"
    make_folder include
    put "$top/include/primer.h" include/primer.h 644
    put "$top/include/primer.hpp" include/primer.hpp 644
    put "$LIB/$built" "$libdir/$shared_file" 755
    link_to "$shared_file" "$libdir/${soname#@rpath/}"
    link_to "${soname#@rpath/}" "$libdir/$built"
    put "$LIB/libprimer.a" "$libdir/libprimer.a" 644
    fill primer.pc.in "$libdir/pkgconfig/primer.pc"
    fill PrimerConfig.cmake.in "$libdir/cmake/Primer/PrimerConfig.cmake"
    fill PrimerConfigVersion.cmake.in "$libdir/cmake/Primer/PrimerConfigVersion.cmake"
    put "$top/LICENSE-MIT" "$doc/LICENSE-MIT" 644
    put "$top/LICENSE-APACHE" "$doc/LICENSE-APACHE" 644
    put "$top/models/README.md" "$doc/models.md" 644
    echo "$manifest" >> "$scratch/files"

    # What an earlier version has left: its folders stay noted, its files go unless they are new ones now.
    if [ -f "$root/$manifest" ]; then
        grep '/$' "$root/$manifest" >> "$scratch/folders" || true
        grep -v '/$' "$root/$manifest" | grep -vxFf "$scratch/files" | remove_old
    fi
    cat "$scratch/files" "$scratch/folders" > "$scratch/manifest"
    put "$scratch/manifest" "$manifest" 644
    echo "Installed Primer $version in $root"
}

case ${1:-} in
    install) install_all ;;
    uninstall)
        [ -f "$root/$manifest" ] || fail "Primer is not installed in $root"
        scratch=$(mktemp -d)
        trap 'rm -rf "$scratch"' EXIT
        cp "$root/$manifest" "$scratch/manifest"
        remove_old < "$scratch/manifest"
        ;;
    *) sed -n '2,/^set/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 2 ;;
esac
