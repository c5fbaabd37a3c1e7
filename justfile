# `just` lists the recipes. The two commands in the README need none of them.

set shell := ["bash", "-euo", "pipefail", "-c"]

_default:
    @just --list --unsorted

# Run everything that CI runs
ci:
    .ci/run

# RUSTC_BOOTSTRAP lets a stable compiler accept the sanitizer's flags.

# Fuzz TARGET for SECONDS; new inputs go to fuzz/corpus, which is not committed
fuzz TARGET SECONDS="600":
    mkdir -p fuzz/corpus/{{ TARGET }}
    cargo run --quiet -p fake-peer-fuzz --example seeds
    RUSTC_BOOTSTRAP=1 cargo fuzz run --features libfuzzer,oracle {{ TARGET }} \
        fuzz/corpus/{{ TARGET }} fixtures/corpus/{{ TARGET }} -- -max_total_time={{ SECONDS }}

# List the fuzz targets
fuzz-targets:
    @cargo fuzz list

# Let real clients sync from `serve`: the book author's Python library, and kyoto
clients:
    test -x target/clients/buidl/bin/python || python3 -m venv target/clients/buidl
    target/clients/buidl/bin/pip install --quiet buidl==0.2.36
    cargo build --release --locked --manifest-path fake-peer/tests/clients/kyoto/Cargo.toml \
        --target-dir target/clients/kyoto
    cargo test --release -p fake-peer --test real_clients -- --ignored --nocapture

# Benchmark hashing, validation and the codec against other libraries (about four minutes)
bench *ARGS:
    cargo bench --locked -p fake-peer-benches {{ ARGS }}

# Print the results of `just bench` as Markdown tables of ratios
bench-report:
    @cargo run --quiet --release --locked -p fake-peer-benches --bin bench-report

# Show which cases detect which flaw of the model peer, in memory and over loopback
flaws:
    @cargo run --quiet --release --locked -p fake-peer --example flaws -- --tcp
