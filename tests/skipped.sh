#!/usr/bin/env bash
# The one list of the tests that did not run.
#
#   skipped.sh TEST REASON   says that a test is skipped, and enters it into the list
#   skipped.sh --list        shows the list; fails where CI is set and a test is in it that could have run
#   skipped.sh --of-cargo    passes on what `cargo test` prints, where a skipped test is called skipped, not ok
#
# PRIMER_SKIPPED names the list, a file of lines "TEST<TAB>REASON" to which the tests of every language append. Without it
# skipping is a failure where CI is set, since nobody would see it. "inapplicable: " before a test says that it cannot run in
# this language or build at all.
set -euo pipefail

list=${PRIMER_SKIPPED:-}

case ${1:-} in
--list)
    [[ -n $list && -s $list ]] || { echo "No test was skipped."; exit 0; }
    # A test that runs several times (under sanitizers, in several builds) is listed once.
    could_run=
    while IFS=$'\t' read -r test reason; do
        case $test in
        'inapplicable: '*) printf '%s: %s\n' "$test" "$reason" ;;
        *) printf 'skipped: %s: %s\n' "$test" "$reason" && could_run=yes ;;
        esac
    done < <(sort -u "$list")
    if [[ -z $could_run ]]; then
        echo "No other test was skipped."
    elif [[ -n ${CI:-} ]]; then
        echo "CI is set: every test must run." >&2
        exit 1
    fi
    ;;
--of-cargo)
    # libtest has no word for it: a test that returns has passed.
    skipped=0
    while IFS= read -r line || [[ -n $line ]]; do
        if [[ $line =~ ^test\ (.*)\ \.\.\.\ ok$ && -s $list ]]; then
            name=${BASH_REMATCH[1]}
            name=${name% - should panic}
            if cut -f 1 "$list" | grep -qxF "rust $name"; then
                line="test ${BASH_REMATCH[1]} ... skipped"
                skipped=$((skipped + 1))
            fi
        elif [[ $line =~ ^(test\ result:.*\ )([0-9]+)(\ passed;.*\ )([0-9]+)(\ ignored;.*)$ ]]; then
            line="${BASH_REMATCH[1]}$((BASH_REMATCH[2] - skipped))${BASH_REMATCH[3]}$((BASH_REMATCH[4] + skipped))${BASH_REMATCH[5]}"
            skipped=0
        fi
        printf '%s\n' "$line"
    done
    ;;
-* | '')
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
*)
    echo "skipped: $1: $2"
    if [[ -n $list ]]; then
        printf '%s\t%s\n' "$1" "$2" >> "$list"
    elif [[ -n ${CI:-} ]]; then
        echo "CI is set: every test must run." >&2
        exit 1
    fi
    ;;
esac
