#!/usr/bin/env bash
# prerequisites.sh PACKAGE...   what the tests need, known before anything is built
#
# What nothing can be built without (Rust of the version that Cargo.toml names, compilers for C and C++, make, Python 3) is an
# error; packages of Debian that only some tests need are a warning, and an error where CI is set. Where one is root on Debian,
# the packages that are missing are installed; elsewhere one message says which they are and how to get them.
#
#   PYTHON   the Python to look for (python3)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
found=$( (rustc --version) 2> /dev/null | cut -d ' ' -f 2 || true)
rust=
if ! command -v cargo > /dev/null || [[ -z $found ]]; then
    rust="Rust $wanted or newer is missing"
elif [[ $(printf '%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1) != "$wanted" ]]; then
    rust="Rust is too old: $wanted or newer is needed, here is $found"
fi

# Nothing is installed for a build that cannot begin.
missing=()
if command -v dpkg-query > /dev/null; then
    for package in $(printf '%s\n' "$@" | sort -u); do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) == installed ]] || missing+=("$package")
    done
    if ((EUID == 0)) && [[ -z $rust && ${#missing[@]} -gt 0 ]] && command -v apt-get > /dev/null; then
        echo "Installing: ${missing[*]}"
        log=$(mktemp)
        if (apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}") > "$log" 2>&1; then
            missing=()
        else
            tail -n 5 "$log" >&2
        fi
        rm -f "$log"
    fi
fi

programs=()
for program in cc c++ make "${PYTHON:-python3}"; do
    command -v "$program" > /dev/null || programs+=("$program")
done

[[ -z $rust ]] || echo "$rust: see https://rustup.rs" >&2
((${#programs[@]} == 0)) || echo "Nothing can be built without these programs: ${programs[*]}" >&2
if [[ -n $rust ]] && ((EUID == 0)); then
    missing=() # They are installed once there is Rust.
elif ((${#missing[@]} > 0)); then
    echo "Tests that need these packages are skipped where they are missing: ${missing[*]}" >&2
fi
if command -v apt-get > /dev/null; then
    ((${#missing[@]} == 0)) || echo "To get them, as root: apt-get install ${missing[*]}" >&2
elif ((${#programs[@]} > 0)); then
    echo "On Debian these packages have what the tests need: $*" >&2
fi
[[ -z $rust && ${#programs[@]} -eq 0 && (${#missing[@]} -eq 0 || -z ${CI:-}) ]]
