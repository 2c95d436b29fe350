#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs a program as a direct child until told to end it: peer.sh FOLDER CMD ...
#
# Leaves `pid` and `log` in FOLDER; its exit code is the program's. A line on
# standard input is the name of a signal to send. The end of standard input,
# also when the spec that holds the other end has died, ends the program: TERM,
# then KILL after five seconds, to its children as well: one of Kamailio's now
# and then misses the TERM.
set -um # -m: a process group of its own, in which SIGINT is not ignored
unset LD_PRELOAD
folder=$1
shift
cd "$folder" || exit 3

"$@" </dev/null >log 2>&1 &
pid=$!
exec 2>/dev/null
echo "$pid" >pid.part && mv pid.part pid

while read -r signal; do
    kill -s "$signal" "$pid"
done
kill -s TERM "$pid"
(sleep 5 && kill -s KILL -- "-$pid") </dev/null >/dev/null &
watch=$!
wait "$pid"
code=$?
kill -s KILL -- "-$watch"
exit "$code"
