# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts of the lab share. Source it.

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
root=$(cd "$lab/../.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
        say "${0##*/}: $*"
        exit 1
}

# wait_for SECONDS COMMAND…: until the command succeeds; fails when it did not in that time.
wait_for() {
        local tries=$(($1 * 10))
        shift
        while ! "$@" > /dev/null 2>&1; do
                tries=$((tries - 1))
                [ $tries -gt 0 ] || return 1
                sleep 0.1
        done
}

is_running() { kill -0 "$1" 2> /dev/null; }

is_gone() { ! is_running "$1"; }

# stop_process PID [SECONDS]: asks, waits, and kills what did not listen. A zombie child of ours counts as ended.
stop_process() {
        local pid=$1
        is_running "$pid" || return 0
        kill -TERM "$pid" 2> /dev/null || true
        wait_for "${2:-10}" is_ended "$pid" && return 0
        say "process $pid did not end by itself: killed"
        kill -KILL "$pid" 2> /dev/null || true
        wait_for 10 is_ended "$pid"
}

is_ended() {
        local state
        state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2> /dev/null) || return 0
        [ "$state" = Z ]
}

# reserve_address: chooses a loopback address for the domains of a run, in $address. Another lab may be running: addresses come in
# tens, and the lock on each ten lasts as long as this process and what it starts.
reserve_address() {
        local number
        for number in 51 61 71 81 91; do
                exec 9> "/tmp/scand-lab-$number.lock"
                if flock -n 9 && ! (: < "/dev/tcp/127.0.0.$number/389") 2> /dev/null; then
                        # shellcheck disable=SC2034 # the result
                        address=127.0.0.$number
                        return
                fi
        done
        die "127.0.0.51 and four more addresses are all taken by other domain controllers"
}

# enter_names DIR… -- COMMAND…: becomes the command, for which the names of those lab domains exist: hosts, DNS and Kerberos.
# /etc itself stays as it is: the files are laid over it in a mount namespace that only the command lives in. With several
# domains all host names are known, but DNS is the first one's.
enter_names() {
        local dirs=() scratch
        while [ "$1" != -- ]; do
                dirs+=("$1")
                shift
        done
        shift
        scratch=${dirs[0]}/names.$$
        mkdir -p "$scratch"
        {
                printf '127.0.0.1 localhost\n'
                cat "${dirs[@]/%//hosts}"
        } > "$scratch/hosts"
        cp "${dirs[0]}/resolv.conf" "$scratch/resolv.conf"
        {
                cat "${dirs[0]}/krb5.conf.head"
                printf '[realms]\n'
                cat "${dirs[@]/%//krb5.conf.realm}"
                printf '[domain_realm]\n'
                cat "${dirs[@]/%//krb5.conf.map}"
        } > "$scratch/krb5.conf"
        export LDAPCONF=${dirs[0]}/ldap.conf
        # shellcheck disable=SC2016 # expanded by the inner shell
        exec unshare -m --propagation private bash -c '
                cd "$1" || exit 1
                for file in hosts resolv.conf krb5.conf; do
                        [ -e /etc/$file ] || : > /etc/$file || exit 1
                        mount --bind "$file" /etc/$file || exit 1
                done
                cd "$2" || exit 1
                rm -r "$1"
                shift 2
                exec "$@"' enter_names "$scratch" "$PWD" "$@"
}
