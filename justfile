# The same things that README names, for those who like `just`.

set dotenv-load := true

# Show what there is
default:
    @just --list

# Everything at once: database, stand-ins, sample data, server
run *args:
    scripts/run {{ args }}

# All tests and checks
test *args:
    scripts/test {{ args }}

# Figures: pages, status loop, watchers
bench *args:
    scripts/bench {{ args }}

# Any command of the server: just manage migrate --check
manage *args:
    cargo run --quiet --bin job-server -- {{ args }}

# Compile, format, lint
check:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings
    npm run check

# Build the front end again at each change
assets:
    npm run build -- --watch
