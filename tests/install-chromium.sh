#!/bin/sh
# The browser that tests drive: what is there, else Debian's.
set -eu

for name in ${CHROMIUM:-chromium chromium-browser}; do
    if command -v "$name" >/dev/null; then exit 0; fi
done

give_up() {
    echo "The tests need Chromium, and $1." >&2
    echo "Install it (Debian: apt-get install chromium), or name one: make test CHROMIUM=/path/to/it" >&2
    exit 1
}

[ -z "${CHROMIUM:-}" ] || give_up "there is no $CHROMIUM"
command -v apt-get >/dev/null || give_up "this is no Debian, where it could be installed from here"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    give_up "only an administrator may install it"
fi

echo "Installing Chromium for the tests …"
$as_root apt-get update -qq || give_up "apt-get update failed"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null ||
    give_up "apt-get could not install it"
