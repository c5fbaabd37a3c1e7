# `just` lists the recipes. None is needed for the two commands of the README.

set shell := ["bash", "-euo", "pipefail", "-c"]

# What a stable compiler needs to pass the flags of the sanitizer.
export RUSTC_BOOTSTRAP := "1"

_default:
    @just --list --unsorted

# All that CI does
ci:
    .ci/run

# Fuzz TARGET for SECONDS; new inputs go to fuzz/corpus, which is not kept
fuzz TARGET SECONDS="600":
    mkdir -p fuzz/corpus/{{ TARGET }}
    cargo fuzz run --features libfuzzer,oracle {{ TARGET }} \
        fuzz/corpus/{{ TARGET }} fixtures/corpus/{{ TARGET }} -- -max_total_time={{ SECONDS }}

# List the fuzz targets
fuzz-targets:
    @cargo fuzz list
