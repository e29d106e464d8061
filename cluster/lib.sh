# shellcheck shell=bash
# What the scripts of this repository share: packages, toolchain, build, progress. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The command that the scripts run: ours, or the one that ROOST_BIN names.
roost=${ROOST_BIN:-$root/.build/release/roost}
# The oldest Swift that Package.swift and its warnings-as-errors were tried with.
swift_major=6
swift_minor=3
# lz4 and libcrypto are linked; zlib is linked by a dependency's dependency; the rest is what swift itself calls.
packages=(liblz4-dev libssl-dev zlib1g-dev pkg-config git g++)

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Prints the comment block at the head of the script, which is its help.
print_help() {
    sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$1"
}

# How long since `started`, for people.
elapsed_since() {
    local seconds=$((SECONDS - $1))
    if ((seconds < 60)); then printf '%d s' "$seconds"; else printf '%d min %02d s' $((seconds / 60)) $((seconds % 60)); fi
}

# What with_progress runs on the log of a command that failed.
show_failure="cat"

# with_progress LABEL LOG COMMAND…: runs the command with its output in LOG. Shows its last line and the time on a
# terminal, a line every 15 s elsewhere, and the whole output if it fails. Returns the command's status.
with_progress() {
    local label=$1 log=$2 started=$SECONDS reported=$SECONDS status=0 pid tick=0 line
    local spinner=('|' '/' '-' "\\")
    shift 2
    mkdir -p "$(dirname "$log")"
    [[ -t 1 ]] || say "$label …"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    # A command in the background does not see Ctrl-C.
    trap 'kill "$pid" 2>/dev/null; exit 130' INT
    trap 'kill "$pid" 2>/dev/null; exit 143' TERM
    while kill -0 "$pid" 2>/dev/null; do
        if [[ -t 1 ]]; then
            line="${spinner[tick++ % 4]} $label ($(elapsed_since "$started")) $(last_line "$log")"
            printf '\r\033[K%s' "${line:0:$(($(terminal_columns) - 1))}"
        elif ((SECONDS - reported >= 15)); then
            reported=$SECONDS
            say "  $(elapsed_since "$started"): $(last_line "$log")"
        fi
        sleep 0.2
    done
    wait "$pid" || status=$?
    trap - INT TERM
    [[ ! -t 1 ]] || printf '\r\033[K'
    if ((status == 0)); then
        say "✓ $label ($(elapsed_since "$started"))"
    else
        "$show_failure" "$log"
        say "✗ $label failed after $(elapsed_since "$started"), status $status; all its output is in $log"
    fi
    return "$status"
}

last_line() {
    tail -c 400 "$1" 2>/dev/null | tr '\r' '\n' | tr -d '\000-\010\013-\037' | grep -v '^[[:space:]]*$' | tail -n 1 || true
}

terminal_columns() {
    local size
    size=$(stty size 2>/dev/null </dev/tty) || size="24 80"
    size=${size#* }
    if ((size > 20)); then say "$size"; else say 80; fi
}

# One line and the end when there is no Swift, or one too old.
ensure_swift() {
    local how="see https://www.swift.org/install/linux" version
    command -v swift >/dev/null ||
        fail "Roost is built with Swift $swift_major.$swift_minor or later, and no swift is on the PATH: $how"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [[ $version =~ ^([0-9]+)\.([0-9]+)$ ]] ||
        fail "$(command -v swift) does not say its version; Roost is built with Swift $swift_major.$swift_minor or later: $how"
    if ((BASH_REMATCH[1] < swift_major || BASH_REMATCH[1] == swift_major && BASH_REMATCH[2] < swift_minor)); then
        fail "Roost is built with Swift $swift_major.$swift_minor or later, this is $version ($(command -v swift)): $how"
    fi
}

is_installed() {
    [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]
}

# Installs what is missing of the Debian packages. Says nothing when nothing is.
ensure_packages() {
    local missing=() name
    if ! command -v dpkg-query >/dev/null; then
        command -v pkg-config >/dev/null && pkg-config --exists liblz4 libcrypto && return
        fail "This is no Debian: install pkg-config and the development files of liblz4, OpenSSL 3 and zlib, then come back"
    fi
    for name in "${packages[@]}"; do
        is_installed "$name" || missing+=("$name")
    done
    ((${#missing[@]} > 0)) || return 0
    ((EUID == 0)) || fail "Debian packages are missing. Type: sudo apt-get install -y ${missing[*]}"
    install_packages "${missing[@]}" || fail "Could not install ${missing[*]}"
}

install_packages() {
    with_progress "Installing $*" "$root/.build/roost-apt.log" apt_install "$@"
}

apt_install() {
    local options=(-y -qq --no-install-recommends -o "DPkg::Lock::Timeout=120")
    export DEBIAN_FRONTEND=noninteractive
    apt-get install "${options[@]}" "$@" || { apt-get update -qq && apt-get install "${options[@]}" "$@"; }
}

# build_release LABEL [OPTION…]: the one configuration that everything here uses, tests included.
build_release() {
    local label=$1
    shift
    # From within, as people do: with --package-path SwiftPM takes some of what is built for stale, and the other way
    # round.
    with_progress "$label" "$root/.build/roost-build.log" \
        env -C "$root" swift build --configuration release "$@" ||
        fail "The build failed"
}

# Brings our roost up to date; leaves alone the one that ROOST_BIN names.
ensure_roost() {
    if [[ -n ${ROOST_BIN:-} ]]; then
        [[ -f $roost && -x $roost ]] || fail "ROOST_BIN=$ROOST_BIN is no program"
        return
    fi
    ensure_swift
    ensure_packages
    build_release "Building roost (release)" --product roost
}
