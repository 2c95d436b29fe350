# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the other scripts: installs what is missing, builds what changed.
# Everything it says goes to standard error; standard output is the command's.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
setup_environment=3 # the exit code for "the environment is at fault"

setup_say() {
    printf 'sipwright: %s\n' "$*" >&2
}

setup_die() {
    setup_say "$*"
    exit "$setup_environment"
}

# setup_die_log LOG LINES WHAT: ends with the log's last lines.
setup_die_log() {
    tail -n "$2" "$1" >&2
    setup_die "$3; the whole log is $1"
}

# setup_read_packages TAG...: fills wanted[] and service[NAME].
setup_read_packages() {
    local tag name rest
    wanted=()
    declare -gA service=()
    while read -r tag name rest; do
        [[ " $* " == *" $tag "* ]] || continue
        wanted+=("$name")
        [[ $rest == service=* ]] && service[$name]=${rest#service=}
    done <"$root/scripts/packages.txt"
}

# setup_find_missing: fills missing[] from wanted[], with one dpkg-query.
setup_find_missing() {
    local -A present=()
    local state name
    missing=()
    while read -r state name; do
        [[ $state == installed ]] && present[$name]=1
    done <<<"$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' \
        "${wanted[@]}" 2>/dev/null)"
    for name in "${wanted[@]}"; do
        [[ -n ${present[$name]:-} ]] || missing+=("$name")
    done
}

# A package must not start its daemon here: this policy says no for as long
# as the installation takes, unless the machine has a policy of its own.
setup_apt() {
    local policy=/usr/sbin/policy-rc.d name
    if [[ ! -e $policy ]]; then
        trap 'rm -f '"$policy" EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    apt-get -q -o DPkg::Lock::Timeout=300 update || return
    apt-get -q -y -o DPkg::Lock::Timeout=300 install \
        --no-install-recommends "${missing[@]}" || return
    for name in "${missing[@]}"; do
        [[ -n ${service[$name]:-} ]] || continue
        update-rc.d "${service[$name]}" disable || true
    done
}

# setup_packages TAG...: has the packages of these tags installed.
setup_packages() {
    local log=$root/build/apt.log
    command -v dpkg-query >/dev/null || return 0 # CMake names what it misses
    setup_read_packages "$@"
    setup_find_missing
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        setup_die "missing packages: ${missing[*]}; as root, run:" \
            "apt-get install --no-install-recommends ${missing[*]}"
    fi
    setup_say "installing ${#missing[@]} packages with apt-get" \
        "(${missing[*]})..."
    (exec 9>&-; setup_apt) >"$log" 2>&1 </dev/null ||
        setup_die_log "$log" 15 "apt-get could not install what is missing"
    setup_find_missing
    ((${#missing[@]} == 0)) ||
        setup_die "still missing after apt-get: ${missing[*]}; see $log"
}

# A build folder that was moved or copied along with its checkout names the
# old place everywhere; only a fresh configuration helps.
setup_is_configured() {
    local dir=$1 cache
    [[ -f $dir/build.ninja && -f $dir/CMakeCache.txt ]] || return 1
    [[ ! $root/CMakePresets.json -nt $dir/configured ]] || return 1
    cache=$(<"$dir/CMakeCache.txt")
    [[ $cache == *"CMAKE_HOME_DIRECTORY:INTERNAL=$root"$'\n'* ]]
}

setup_configure() {
    local preset=$1 dir=$root/build/$1 log=$root/build/$1-configure.log
    setup_is_configured "$dir" && return 0
    setup_say "configuring ($preset)..."
    (cd "$root" && cmake --fresh --preset "$preset") >"$log" 2>&1 ||
        setup_die_log "$log" 25 "cmake could not configure"
    : >"$dir/configured"
}

# Copies ninja's lines to the log and shows where it stands: a counter on a
# terminal, one line otherwise, nothing when there was nothing to do.
setup_show_progress() {
    local line told=
    while IFS= read -r line; do
        printf '%s\n' "$line"
        [[ $line =~ ^\[[1-9][0-9]*/[0-9]+\] ]] || continue
        if [[ -t 2 ]]; then
            printf '\rsipwright: building (%s) %s\e[K' \
                "$1" "${BASH_REMATCH[0]}" >&2
        elif [[ -z $told ]]; then
            setup_say "building ($1)..."
        fi
        told=1
    done
    if [[ -n $told && -t 2 ]]; then printf '\n' >&2; fi
}

# setup_build PRESET: configures once, then builds what changed.
setup_build() {
    local preset=$1 log=$root/build/$1-build.log
    setup_configure "$preset"
    ninja -C "$root/build/$preset" 2>&1 | setup_show_progress "$preset" \
        >"$log"
    ((PIPESTATUS[0] == 0)) && return
    sed -n '/^FAILED/,$p' "$log" | grep -v '^\[' | head -n 40 >&2
    setup_die "the build failed; the whole log is $log"
}

# setup PRESET TAG...: all of it, one at a time in a checkout.
setup() {
    local preset=$1
    shift
    mkdir -p "$root/build" 2>/dev/null
    [[ -w $root/build ]] || setup_die "cannot write to $root/build"
    exec 9>"$root/build/setup.lock"
    flock 9
    setup_packages "$@"
    setup_build "$preset"
    exec 9>&-
}
