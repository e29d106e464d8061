# shellcheck shell=bash
# Starts and stops the servers that bench/compare compares. Sourced after cluster/lib.sh and cluster/nodes.sh, never run.

# Everything that they keep.
work=$root/bench/.run/compare
# One relay, Mosquitto and ejabberd each; the last two have their ports in bench/peers too.
relay_port=19390
mosquitto_port=11883
ejabberd_port=15222

# Installs what is missing of the packages. Their services neither run now nor at the next start of the machine.
ensure_peers() {
    local missing=() name
    for name in mosquitto ejabberd; do is_installed "$name" || missing+=("$name"); done
    ((${#missing[@]} > 0)) || return 0
    ((EUID == 0)) ||
        fail "Debian packages are missing. Type: sudo apt-get install -y ${missing[*]}; sudo systemctl disable --now ${missing[*]}"
    with_progress "Installing ${missing[*]}" "$work/apt.log" install_without_starting "${missing[@]}" ||
        fail "Could not install ${missing[*]}"
}

# A package asks /usr/sbin/policy-rc.d whether it may start its service; 101 forbids it.
install_without_starting() {
    local policy=/usr/sbin/policy-rc.d made=false status=0
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        made=true
    fi
    apt_install "$@" || status=$?
    ! $made || rm -f "$policy"
    ((status == 0)) || return "$status"
    if command -v systemctl >/dev/null; then systemctl --quiet disable "$@"; fi
}

# The process of the relay, Mosquitto or ejabberd that runs.
server=""

# start_server NAME PORT COMMAND…: runs the command in a directory of its own and waits until it listens.
start_server() {
    local name=$1 port=$2 deadline=$((SECONDS + 60))
    shift 2
    port_is_free "$port" || fail "Port $port, where $name is to listen, is taken by another program"
    mkdir -p "$work/$name"
    (
        ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true
        cd "$work/$name"
        exec "$@" >log 2>&1 </dev/null 8>&-
    ) &
    server=$!
    while port_is_free "$port"; do
        if ! kill -0 "$server" 2>/dev/null || ((SECONDS >= deadline)); then
            tail -n 20 "$work/$name/log" >&2
            fail "$name does not listen on port $port; its log is $work/$name/log"
        fi
        sleep 0.1
    done
}

stop_server() {
    local deadline=$((SECONDS + 30))
    [[ -n $server ]] || return 0
    kill -TERM "$server" 2>/dev/null || true
    while kill -0 "$server" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.1; done
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=""
}

start_relay() {
    start_server relay "$relay_port" "$bench" relay --port "$relay_port"
}

start_mosquitto() {
    mkdir -p "$work/mosquitto"
    # The name and the password of every client of roost-bench.
    mosquitto_passwd -c -b "$work/mosquitto/passwords" bench bench-password
    start_server mosquitto "$mosquitto_port" mosquitto -c "$root/bench/peers/mosquitto/mosquitto.conf"
}

# As ejabberdctl does it, but without a name, and so without a name server (epmd) that would stay behind.
start_ejabberd() {
    local modules
    modules=$(dirname "$(dpkg-query -L ejabberd | grep -m 1 '/ejabberd-[^/]*$')")
    mkdir -p "$work/ejabberd"
    EJABBERD_CONFIG_PATH=$root/bench/peers/ejabberd/ejabberd.yml EJABBERD_LOG_PATH=$work/ejabberd/ejabberd.log \
        ERL_LIBS=$modules ERL_MAX_PORTS=32000 ERL_MAX_ETS_TABLES=1400 ERL_CRASH_DUMP_BYTES=0 \
        start_server ejabberd "$ejabberd_port" erl -noinput -args_file "$root/bench/peers/ejabberd/vm.args" \
        -mnesia dir "\"$work/ejabberd/database\"" -s ejabberd
}

# with_nodes N COMMAND…: runs a script of cluster/ on our own cluster of N nodes.
with_nodes() {
    local count=$1
    shift
    env ROOST_BIN="$roost" ROOST_CLUSTER_DIR="$work/roost-$count" ROOST_CLUSTER_PORT=$((19000 + 100 * count)) "$@" 8>&-
}

# The nodes that run: how many, or nothing.
nodes_running=""

start_nodes() {
    nodes_running=$1
    with_nodes "$1" "$root/cluster/up" "$1" >"$work/roost-$1.log" 2>&1 || {
        tail -n 20 "$work/roost-$1.log" >&2
        fail "Roost's nodes do not start; all they said is in $work/roost-$1.log"
    }
}

stop_nodes() {
    [[ -n $nodes_running ]] || return 0
    with_nodes "$nodes_running" "$root/cluster/down" >"$work/roost-$nodes_running.log" 2>&1 || true
    nodes_running=""
}

# node_urls N: the addresses of that cluster's nodes, with commas.
node_urls() {
    local number text=""
    for ((number = 0; number < $1; number++)); do text+=",http://127.0.0.1:$((19000 + 100 * $1 + 10 * number))"; done
    say "${text#,}"
}
