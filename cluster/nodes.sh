# shellcheck shell=bash
# The nodes of the local cluster: names, ports, processes. Sourced after lib.sh, never run.

# Both can be set to keep a second cluster beside the first.
run_dir=$(realpath -m "${ROOST_CLUSTER_DIR:-$root/cluster/.run}")
first_port=${ROOST_CLUSTER_PORT:-7400}
nodes_max=50

client_port() {
    say $((first_port + 10 * ($1 - 1)))
}

client_url() {
    say "http://127.0.0.1:$(client_port "$1")"
}

# urls NUMBER…: the client addresses of these nodes, with commas.
urls() {
    local number text=""
    for number in "$@"; do text+=",$(client_url "$number")"; done
    say "${text#,}"
}

# seeds NUMBER…: the peer addresses of these nodes, with commas.
seeds() {
    local number text=""
    for number in "$@"; do text+=",127.0.0.1:$(($(client_port "$number") + 1))"; done
    say "${text#,}"
}

require_count() {
    [[ $1 =~ ^[1-9][0-9]?$ && $1 -le $nodes_max ]] || fail "'$1' is no number of nodes: 1 to $nodes_max"
}

# The numbers of the nodes that there are, in `numbers`; none before the first `up`.
read_numbers() {
    numbers=()
    if [[ -s $run_dir/nodes ]]; then read -r -a numbers <"$run_dir/nodes"; fi
}

# write_numbers NUMBER…: keeps them for the next script.
write_numbers() {
    mkdir -p "$run_dir"
    say "$*" >"$run_dir/nodes"
}

# require_node NAME: sets `number` and `numbers`, or ends with the names there are.
require_node() {
    local names
    read_numbers
    ((${#numbers[@]} > 0)) || fail "There is no cluster yet: ./cluster/up"
    names=("${numbers[@]/#/n}")
    [[ $# -eq 1 && -n $1 ]] || fail "Name one node of: ${names[*]}"
    [[ " ${names[*]} " == *" $1 "* ]] || fail "No node is called '$1'. There are: ${names[*]}"
    number=${1#n}
}

# The ticks since boot at which a process started: with its number, that names a process for ever.
start_ticks() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # Fields are counted after the command's name, which may hold spaces.
    read -r -a stat <<<"${stat##*) }"
    say "${stat[19]}"
}

# live_pid NUMBER: the node's process if it runs. A recycled number is not taken for it.
live_pid() {
    local directory=$run_dir/n$1 pid ticks
    read -r pid ticks 2>/dev/null <"$directory/pid" || return 1
    [[ $(start_ticks "$pid") == "$ticks" ]] || return 1
    [[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) == *" --data $directory/data "* ]] || return 1
    # A dead process that nobody waits for keeps its number.
    [[ $(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) != Z ]] || return 1
    say "$pid"
}

is_live() {
    live_pid "$1" >/dev/null
}

# first_answering NUMBER…: the first of these nodes that can be asked.
first_answering() {
    local number
    for number in "$@"; do
        is_live "$number" && is_answering "$number" /readyz && say "$number" && return
    done
    return 1
}

# launch NUMBER SEED…: starts the node in a session of its own, so that Ctrl-C here does not reach it.
launch() {
    local number=$1 directory=$run_dir/n$1 pid tries
    shift
    mkdir -p "$directory"
    port_is_free "$(client_port "$number")" ||
        fail "Port $(client_port "$number") of n$number is taken by another program. ROOST_CLUSTER_PORT=$((first_port + 1000)) ./cluster/up uses others"
    # A node of many sockets wants more files than a shell's usual 1024.
    (
        ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true
        close_descriptors
        exec setsid "$roost" node --name "n$number" --data "$directory/data" \
            --listen "127.0.0.1:$(client_port "$number")" --peer-listen "127.0.0.1:$(($(client_port "$number") + 1))" \
            --seeds "$(seeds "$@")" >>"$directory/log" 2>&1 </dev/null
    ) &
    pid=$!
    disown "$pid"
    printf '%s %s\n' "$pid" "$(start_ticks "$pid" || say 0)" >"$directory/pid"
    # Until it has become roost, the process does not pass for a node.
    for ((tries = 0; tries < 100; tries++)); do
        is_live "$number" && return
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.02
    done
}

# A node lives on: what it inherited it would hold open, the lock of these scripts, and what a program that called them
# waits to see closed.
close_descriptors() {
    local descriptor
    for descriptor in /proc/"$BASHPID"/fd/*; do
        descriptor=${descriptor##*/}
        if ((descriptor > 2)); then eval "exec $descriptor>&-"; fi
    done
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# http_status NUMBER PATH: the status of a GET, by bash alone, for a fresh machine has no curl.
http_status() {
    local line
    line=$(
        exec 2>/dev/null
        exec 3<>"/dev/tcp/127.0.0.1/$(client_port "$1")" || exit 1
        printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
        timeout 3 head -n 1 <&3
    ) || return 1
    [[ $line =~ ^HTTP/1\.[01]\ ([0-9]{3}) ]] || return 1
    say "${BASH_REMATCH[1]}"
}

is_answering() {
    [[ $(http_status "$1" "$2") == 200 ]]
}

# wait_until SECONDS NUMBER PATH: waits for 200; fails early when the process is gone.
wait_until() {
    local deadline=$((SECONDS + $1))
    until is_answering "$2" "$3"; do
        is_live "$2" || { echo "n$2 has stopped"; return 1; }
        ((SECONDS < deadline)) || { echo "n$2 does not answer 200 to $3"; return 1; }
        sleep 0.1
    done
}

# wait_until_all PATH NUMBER…: the same for several.
wait_until_all() {
    local path=$1 index
    shift
    for index in "$@"; do
        echo "waiting for n$index"
        wait_until 60 "$index" "$path" || { show_log_tail "$index"; return 1; }
    done
}

show_log_tail() {
    echo "the end of $run_dir/n$1/log:"
    tail -n 20 "$run_dir/n$1/log" 2>/dev/null | sed 's/^/    /'
}

# One script at a time changes the cluster; the nodes close descriptor 9, as all others.
lock_cluster() {
    mkdir -p "$run_dir"
    exec 9>"$run_dir/lock"
    flock -n 9 || fail "Another ./cluster script is at work here ($run_dir/lock)"
}
