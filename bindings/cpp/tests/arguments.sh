#!/bin/sh
# Two programs answer the same command lines in the same way: standard output to the byte, exit status, and the message of
# an error.
#
#     arguments.sh PROGRAM OTHER FOLDER
set -eu
one=$1 other=$2 folder=$3

same() { # INPUT ARGUMENT...
    input=$1
    shift
    for program in one other; do
        eval "file=\$$program"
        status=0
        # shellcheck disable=SC2059 # the input has escapes
        printf "$input" | "$file" "$@" > "$folder/$program.out" 2> "$folder/$program.err" || status=$?
        echo "status $status" >> "$folder/$program.out"
    done
    cmp "$folder/one.out" "$folder/other.out"
    cmp "$folder/one.err" "$folder/other.err"
}

same '' --help
same '' --no-teach
same '' --no-teach 'Angela Merkel wurde in Hamburg geboren.' 'Ada Lovelace'
same 'Angela Merkel\r\n\r\n\nAda Lovelace\nZoë\r' --no-teach -
same 'Marie Curie est née à Varsovie.\n' --no-teach
same 'Ada\0 Lovelace\n' --no-teach - 'also this'
same '' --no-teach -
same '' --flag
same '' --model
same '' --no-teach --model no/such/model.gguf
same '' --no-teach --adapter models/primer-mini.gguf text
same 'broken \377 text\n' --no-teach -
echo "ok: the example answers as the one in C does"
