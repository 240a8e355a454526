#!/bin/sh
# The programs that tests and `make bench` drive, a browser, a proxy, a load tool, a shared cache: what is there, else
# Debian's. Which of them: chromium, nginx, wrk, redis.
set -eu

find_one() { # of these commands
    for name in "$@"; do
        if command -v "$name" >/dev/null; then return 0; fi
    done
    return 1
}

give_up() { # what it is called, its Debian package, its variable, the reason
    echo "Tests or measurements need $1, and $4." >&2
    echo "Install it (Debian: apt-get install $2), or name one: make … $3=/path/to/it" >&2
    exit 1
}

install() { # what it is called, its Debian package, its variable, what that holds
    [ -z "$4" ] || give_up "$1" "$2" "$3" "there is no $4"
    command -v apt-get >/dev/null || give_up "$1" "$2" "$3" "this is no Debian, where it could be installed from here"
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        give_up "$1" "$2" "$3" "only an administrator may install it"
    fi
    echo "Installing $1 …"
    [ -n "${updated:-}" ] || $as_root apt-get update -qq || give_up "$1" "$2" "$3" "apt-get update failed"
    updated=yes
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null ||
        give_up "$1" "$2" "$3" "apt-get could not install it"
}

for program in "$@"; do
    case $program in
        chromium) find_one ${CHROMIUM:-chromium chromium-browser} || install Chromium chromium CHROMIUM "${CHROMIUM:-}" ;;
        nginx) find_one ${NGINX:-nginx /usr/sbin/nginx} || install nginx nginx-light NGINX "${NGINX:-}" ;;
        wrk) find_one ${WRK:-wrk} || install wrk wrk WRK "${WRK:-}" ;;
        redis) find_one ${REDIS:-redis-server valkey-server} || install Redis redis-server REDIS "${REDIS:-}" ;;
    esac
done
