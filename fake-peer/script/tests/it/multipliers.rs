//! What a few characters of a script can cost, for every word of the language that multiplies.

use fake_peer_script::load;

/// The most bytes of memory that checking a `send` may take, whatever it contains: the values of
/// its fields (`wire::MAX_MEMORY`), the message and its bytes (`wire::MAX_BYTES`), and the spare
/// capacity of vectors that grow.
const MAX_MEMORY: u64 = 640 << 20;

/// The most allocations that checking a `send` may take, as a measure of its time.
const MAX_ALLOCATIONS: u64 = 20_000_000;

/// A multiplier: a script in which it is too large, and the error message.
struct Multiplier {
    name: &'static str,
    steps: &'static str,
    error: &'static str,
}

const fn row(name: &'static str, steps: &'static str, error: &'static str) -> Multiplier {
    Multiplier { name, steps, error }
}

const SENT: &str = "a play can send at most 1073741824 bytes";
const LONG: &str = "more than 67108864 bytes";
const MEMORY: &str = "its values take more than 268435456 bytes of memory";
const STEPS: &str = "a play can have at most 10000000 steps";

const MULTIPLIERS: &[Multiplier] = &[
    row("copies", "send ping { copies 4000000000; }", SENT),
    row(
        "copies of a long message",
        "send raw $zeros.60000000 { copies 18; }",
        SENT,
    ),
    row(
        "copies of blocks",
        "chain length=100; send block from=1 count=100 { copies 100000; }",
        SENT,
    ),
    row(
        "split each",
        "send raw $zeros.60000000 { split each=1; }",
        SENT,
    ),
    row("repeat", "repeat 4294967295 { barrier; }", STEPS),
    row(
        "repeat in repeat",
        "repeat 65536 { repeat 65536 { barrier; }; }",
        STEPS,
    ),
    row(
        "repeat of outcomes",
        "repeat 5000001 { expect-one-of { pass { barrier; wait \"1s\"; }; fail { disconnect; wait \"1s\"; }; }; }",
        STEPS,
    ),
    row(
        "connect count",
        "connect count=4294967295",
        "a play can open at most 100000 connections",
    ),
    row("$zeros in raw", "send raw $zeros.4294967295", LONG),
    row("$random in raw", "send raw $random.4294967295", LONG),
    row(
        "$zeros in raw, again",
        "send raw $zeros.60000000 $zeros.60000000",
        LONG,
    ),
    row(
        "$zeros in a field",
        "send unknown junk payload=$zeros.4294967295",
        LONG,
    ),
    row(
        "$random in a field",
        "send unknown junk payload=$random.4294967295",
        LONG,
    ),
    row(
        "lie append",
        "send ping { lie append $zeros.60000000; lie append $zeros.60000000; }",
        LONG,
    ),
    row(
        "lie append of $random",
        "send ping { lie append $random.4294967295; }",
        LONG,
    ),
    row(
        "lie compact-size in a long message",
        "send inv { inventory { times 120000 kind=TX hash=$zeros.32; }; lie compact-size inventory.count width=9; }",
        "a lie about a CompactSize is possible in payloads of up to 4000000 bytes",
    ),
    row(
        "times",
        "send getheaders { locator { times 4294967295 $random.32; }; }",
        MEMORY,
    ),
    row(
        "times of records",
        "send inv { inventory { times 4294967295 kind=TX hash=$random.32; }; }",
        MEMORY,
    ),
    row(
        "times of nothing",
        "send inv { inventory { times 4294967295 { }; }; }",
        MEMORY,
    ),
    row(
        "times in times",
        "send tx { inputs { times 65536 { witness { times 65536 \"\"; }; }; }; }",
        MEMORY,
    ),
    row(
        "times of $zeros",
        "send getheaders { locator { times 4294967295 $zeros.1000000; }; }",
        MEMORY,
    ),
    row(
        "times of a header",
        "chain length=1; send headers { headers { times 4294967295 $main.1.header; }; }",
        MEMORY,
    ),
    row(
        "times of a coinbase",
        "chain length=1; send blocktxn { transactions { times 4294967295 $main.1.coinbase; }; }",
        MEMORY,
    ),
    row(
        "times of a captured list",
        "expect headers { capture headers as=all; }\n send headers { headers { times 4294967295 $all; }; }",
        MEMORY,
    ),
    row(
        "count of headers",
        "chain file=\"headers.bin\"; send headers from=1 count=4294967295",
        LONG,
    ),
    row(
        "count of blocks",
        "chain file=\"headers.bin\"; send block from=1 count=4294967295",
        LONG,
    ),
    row(
        "chain length",
        "chain length=4294967295; handshake",
        "4294967295 headers are more than 100000",
    ),
];

#[test]
fn what_multiplies_is_limited() {
    for Multiplier { name, steps, error } in MULTIPLIERS {
        let text = format!("script x network=regtest {{\n{steps}\n}}\n");
        check_within_bounds(name, &text, error);
    }
}

/// A long text that is repeated many times, and long lists and chains.
#[test]
fn a_long_text_and_long_chains_are_limited() {
    let note = "x".repeat(1_000_000);
    let long = format!("send inv {{ inventory {{ times 1000000 kind=\"{note}\"; }}; }}");
    let text = format!("script x network=regtest {{\n{long}\n}}\n");
    check_within_bounds("times of a long text", &text, MEMORY);

    let names = (0..21).map(|at| format!("chain c{at} recorded=99999\n"));
    let chains = names.collect::<String>();
    let text = format!("script x network=mainnet {{\n{chains}handshake\n}}\n");
    let error = "the chains of a script have at most 2000000 headers altogether";
    check_within_bounds("chains", &text, error);
}

fn check_within_bounds(name: &str, text: &str, error: &str) {
    let mut found = String::new();
    let heap = allocation_counter::measure(|| match load("x.kdl", text) {
        Ok(_) => {}
        Err(problems) => found = format!("{problems:#}"),
    });
    assert!(found.contains(error), "{name}: {found}");
    assert!(found.len() < 10_000, "{name}: {} bytes", found.len());
    assert!(
        heap.bytes_max < MAX_MEMORY && heap.count_total < MAX_ALLOCATIONS,
        "{name}: {heap:?}"
    );
}
