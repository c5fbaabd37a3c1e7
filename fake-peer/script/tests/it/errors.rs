//! The error messages for invalid scripts.

use fake_peer_script::text::{Where, verbs};
use insta::assert_snapshot;

fn errors(text: &str) -> String {
    match fake_peer_script::load("bad.kdl", text) {
        Ok(script) => panic!("nothing is wrong with {script:?}"),
        Err(diagnostics) => format!("{diagnostics:#}"),
    }
}

fn in_script(steps: &str) -> String {
    errors(&format!("script x network=regtest {{\n    {steps}\n}}\n"))
}

#[test]
fn a_slip_is_named_with_what_was_meant() {
    let slips = in_script("handshak\n    send versoin\n    send ping nonse=7\n    lie magic");
    let (slips, words) = slips.rsplit_once("help: ").unwrap();
    for (place, word, _) in verbs() {
        if matches!(place, Where::Head | Where::Step | Where::Observation) {
            assert!(words.contains(&format!("`{word}`")), "{words} lacks {word}");
        }
    }
    assert_snapshot!(slips.trim_end(), @"
     × unknown verb `handshak`
      ╭─[bad.kdl:2:5]
    1 │ script x network=regtest {
    2 │     handshak
      ·     ────┬───
      ·         ╰── not valid in a script
    3 │     send versoin
      ╰────
     help: did you mean `handshake`?
     × unknown message `versoin`
      ╭─[bad.kdl:3:10]
    2 │     handshak
    3 │     send versoin
      ·          ───┬───
      ·             ╰── unknown message
    4 │     send ping nonse=7
      ╰────
     help: did you mean `version`?
     × `ping`: unknown field `nonse`, expected `nonce`
      ╭─[bad.kdl:4:15]
    3 │     send versoin
    4 │     send ping nonse=7
      ·               ───┬───
      ·                  ╰── nonse
    5 │     lie magic
      ╰────
     help: did you mean `nonce`?
     × unknown verb `lie`
      ╭─[bad.kdl:5:5]
    4 │     send ping nonse=7
    5 │     lie magic
      ·     ─┬─
      ·      ╰── not valid in a script
    6 │ }
      ╰────
    ");
}

#[test]
fn values_of_the_wrong_kind() {
    assert_snapshot!(in_script("repeat many {}\n    send ping nonce=ten\n    send getheaders { locator \"00\" }\n    wait 5\n    answer-pings yes"), @r#"
     × expected a number from 0 to 4294967295
      ╭─[bad.kdl:2:12]
    1 │ script x network=regtest {
    2 │     repeat many {}
      ·            ──┬─
      ·              ╰── invalid value
    3 │     send ping nonce=ten
      ╰────
     × `ping`: invalid type: string "ten", expected u64
      ╭─[bad.kdl:3:15]
    2 │     repeat many {}
    3 │     send ping nonce=ten
      ·               ────┬────
      ·                   ╰── nonce
    4 │     send getheaders { locator "00" }
      ╰────
     × `getheaders`: expected 64 hexadecimal digits
      ╭─[bad.kdl:4:23]
    3 │     send ping nonce=ten
    4 │     send getheaders { locator "00" }
      ·                       ───┬───
      ·                          ╰── locator.0
    5 │     wait 5
      ╰────
     × expected a time such as `"5s"` or `"20m"`
      ╭─[bad.kdl:5:10]
    4 │     send getheaders { locator "00" }
    5 │     wait 5
      ·          ┬
      ·          ╰── invalid value
    6 │     answer-pings yes
      ╰────
     × expected `#true` or `#false`
      ╭─[bad.kdl:6:18]
    5 │     wait 5
    6 │     answer-pings yes
      ·                  ─┬─
      ·                   ╰── invalid value
    7 │ }
      ╰────
    "#);
}

#[test]
fn words_that_are_not_there() {
    assert_snapshot!(errors("script x {\n    level maybe\n    expect pong within=\"5 parsecs\" { captur nonce as=n }\n}"), @r#"
     × `script` needs `network=`
      ╭─[bad.kdl:1:1]
    1 │ script x {
      · ───┬──
      ·    ╰── missing here
    2 │     level maybe
      ╰────
     × unknown level `maybe`
      ╭─[bad.kdl:2:11]
    1 │ script x {
    2 │     level maybe
      ·           ──┬──
      ·             ╰── unknown level
    3 │     expect pong within="5 parsecs" { captur nonce as=n }
      ╰────
     help: expected one of `must`, `reference`, `varies`
     × expected a time such as `"5s"` or `"20m"`
      ╭─[bad.kdl:3:17]
    2 │     level maybe
    3 │     expect pong within="5 parsecs" { captur nonce as=n }
      ·                 ─────────┬────────
      ·                          ╰── unknown time unit "parsecs", supported units: ns, us/µs, ms, sec, min, hours, days, weeks, months, years (and few variations)
    4 │ }
      ╰────
     × unknown verb `captur`
      ╭─[bad.kdl:3:38]
    2 │     level maybe
    3 │     expect pong within="5 parsecs" { captur nonce as=n }
      ·                                      ───┬──
      ·                                         ╰── not valid in `expect`
    4 │ }
      ╰────
     help: did you mean `capture`?
    "#);
}

#[test]
fn no_kdl() {
    assert_snapshot!(errors("script \"x\" network=regtest {\n    send ping nonce=#yes\n}\n"), @r#"
     × Expected property value
      ╭─[bad.kdl:2:5]
    1 │ script "x" network=regtest {
    2 │     send ping nonce=#yes
      ·     ────────┬────────
      ·             ╰── here
    3 │ }
      ╰────
     help: Available keywords in KDL are '#true', '#false', '#null', '#nan', '#inf', and '#-inf';
           they are case-sensitive.
    "#);
    assert_snapshot!(errors("script x network=regtest {\n    ping\n"), @"
     × No closing '}' for child block
      ╭─[bad.kdl:1:26]
    1 │ script x network=regtest {
      ·                          ┬
      ·                          ╰── here
    2 │     ping
      ╰────
     × Closing '}' was not found after nodes
      ╭─[bad.kdl:2:5]
    1 │ script x network=regtest {
    2 │     ping
      ·     ──┬─
      ·       ╰── here
      ╰────
    ");
}

#[test]
fn too_deep() {
    let deep = |open: &str, close: &str, times| {
        let text = format!(
            "script x network=regtest {{ {}{} }}",
            open.repeat(times),
            close.repeat(times)
        );
        fake_peer_script::load("bad.kdl", &text).map_err(|problems| format!("{problems:#}"))
    };
    assert!(deep("repeat 1 {", "}", 31).is_ok());
    assert!(deep("repeat 1 {", "}", 32).is_err());
    assert!(deep("repeat 1 {", "}", 100_000).is_err());
    assert!(deep("/*", "", 100_000).is_err());
    for opening in ["/-", "(", "["] {
        let _ = deep(opening, "", 20_000);
    }
}

#[test]
fn no_script() {
    assert_snapshot!(errors("// nothing\n"), @"
     × the file contains no script
      ╭─[bad.kdl:1:1]
    1 │ // nothing
      · ▲
      · ╰── expected `script NAME network=NETWORK { … }`
      ╰────
    ");
    assert_snapshot!(errors("scrypt x network=regtest { handshake; }\nscript y network=regtest\n"), @"
     × unknown verb `scrypt`
      ╭─[bad.kdl:1:1]
    1 │ scrypt x network=regtest { handshake; }
      · ───┬──
      ·    ╰── not valid at the top of a file
    2 │ script y network=regtest
      ╰────
     help: did you mean `script`?
    ");
}

#[test]
fn steps_that_come_too_late() {
    assert_snapshot!(in_script("handshake\n    handshake\n    half-close\n    send ping\n    disconnect\n    expect pong"), @"
     × a second handshake on the connection `main`
      ╭─[bad.kdl:3:5]
    2 │     handshake
    3 │     handshake
      ·     ────┬────
      ·         ╰── here
    4 │     half-close
      ╰────
     × we have closed our direction of the connection `main`
      ╭─[bad.kdl:5:10]
    4 │     half-close
    5 │     send ping
      ·          ──┬─
      ·            ╰── comes too late
    6 │     disconnect
      ╰────
     help: after `half-close` we can only receive
     × the connection `main` has ended
      ╭─[bad.kdl:7:5]
    6 │     disconnect
    7 │     expect pong
      ·     ───┬──
      ·        ╰── comes too late
    8 │ }
      ╰────
     help: `connect` opens it again
    ");
}

#[test]
fn what_is_not_there_yet() {
    assert_snapshot!(in_script("send pong nonce=$n\n    send headers from=1\n    expect ping { capture nonse as=n }\n    expect pong nonse=$n"), @"
     × `$n` is used before it is captured
      ╭─[bad.kdl:2:15]
    1 │ script x network=regtest {
    2 │     send pong nonce=$n
      ·               ────┬───
      ·                   ╰── not captured yet
    3 │     send headers from=1
      ╰────
     help: `expect MESSAGE { capture FIELD as=n }` captures it
     × unknown chain `main`
      ╭─[bad.kdl:3:5]
    2 │     send pong nonce=$n
    3 │     send headers from=1
      ·     ──┬─
      ·       ╰── not declared
    4 │     expect ping { capture nonse as=n }
      ╰────
     help: declare it: `chain NAME length=10`
     × `ping` has no field `nonse`
      ╭─[bad.kdl:4:27]
    3 │     send headers from=1
    4 │     expect ping { capture nonse as=n }
      ·                           ──┬──
      ·                             ╰── unknown field
    5 │     expect pong nonse=$n
      ╰────
     help: did you mean `nonce`?
     × `pong` has no field `nonse`
      ╭─[bad.kdl:5:17]
    4 │     expect ping { capture nonse as=n }
    5 │     expect pong nonse=$n
      ·                 ────┬───
      ·                     ╰── unknown field
    6 │ }
      ╰────
     help: did you mean `nonce`?
    ");
}

#[test]
fn fields_are_compared_with_their_like() {
    assert_snapshot!(in_script("expect pong nonce=ten\n    expect getheaders locator=7 version=(has)1\n    expect version relay=(at-least)1 user_agent=(count)x\n    expect headers headers.0=1"), @"
     × the field can only be compared with a number
      ╭─[bad.kdl:2:17]
    1 │ script x network=regtest {
    2 │     expect pong nonce=ten
      ·                 ────┬────
      ·                     ╰── here
    3 │     expect getheaders locator=7 version=(has)1
      ╰────
     × the field can only be compared with `(count)` and a number, or `(has)` and an item
      ╭─[bad.kdl:3:23]
    2 │     expect pong nonce=ten
    3 │     expect getheaders locator=7 version=(has)1
      ·                       ────┬────
      ·                           ╰── here
    4 │     expect version relay=(at-least)1 user_agent=(count)x
      ╰────
     × the field can only be compared with a number
      ╭─[bad.kdl:3:33]
    2 │     expect pong nonce=ten
    3 │     expect getheaders locator=7 version=(has)1
      ·                                 ───────┬──────
      ·                                        ╰── here
    4 │     expect version relay=(at-least)1 user_agent=(count)x
      ╰────
     × the field can only be compared with `#true` or `#false`
      ╭─[bad.kdl:4:20]
    3 │     expect getheaders locator=7 version=(has)1
    4 │     expect version relay=(at-least)1 user_agent=(count)x
      ·                    ────────┬────────
      ·                            ╰── here
    5 │     expect headers headers.0=1
      ╰────
     × the field can only be compared with text, or `(count)` and a number
      ╭─[bad.kdl:4:38]
    3 │     expect getheaders locator=7 version=(has)1
    4 │     expect version relay=(at-least)1 user_agent=(count)x
      ·                                      ─────────┬─────────
      ·                                               ╰── here
    5 │     expect headers headers.0=1
      ╰────
     × the field can only be compared with one of its own fields
      ╭─[bad.kdl:5:20]
    4 │     expect version relay=(at-least)1 user_agent=(count)x
    5 │     expect headers headers.0=1
      ·                    ─────┬─────
      ·                         ╰── here
    6 │ }
      ╰────
    ");
}

#[test]
fn chains_that_cannot_be() {
    assert_snapshot!(in_script("chain length=3 { fault link at=7 }\n    chain b on=mian at=1\n    chain length=1\n    chain c recorded=7\n    chain d length=2 { fault time-warp at=1 }\n    handshake"), @"
     × the chain cannot be built: the fault is at height 7, the chain ends at 3
      ╭─[bad.kdl:2:28]
    1 │ script x network=regtest {
    2 │     chain length=3 { fault link at=7 }
      ·                            ──┬─
      ·                              ╰── this chain
    3 │     chain b on=mian at=1
      ╰────
     × the chain cannot be built: there is no chain `mian` before this one
      ╭─[bad.kdl:3:13]
    2 │     chain length=3 { fault link at=7 }
    3 │     chain b on=mian at=1
      ·             ───┬───
      ·                ╰── this chain
    4 │     chain length=1
      ╰────
     × the chain `main` is declared more than once
      ╭─[bad.kdl:4:5]
    3 │     chain b on=mian at=1
    4 │     chain length=1
      ·     ──┬──
      ·       ╰── here
    5 │     chain c recorded=7
      ╰────
     × the chain cannot be built: the recorded headers are from mainnet, the script is for regtest
      ╭─[bad.kdl:5:13]
    4 │     chain length=1
    5 │     chain c recorded=7
      ·             ─────┬────
      ·                  ╰── this chain
    6 │     chain d length=2 { fault time-warp at=1 }
      ╰────
     × the chain cannot be built: height 1 cannot have a period that starts too early under these
     │ rules
      ╭─[bad.kdl:6:30]
    5 │     chain c recorded=7
    6 │     chain d length=2 { fault time-warp at=1 }
      ·                              ────┬────
      ·                                  ╰── this chain
    7 │     handshake
      ╰────
    ");
    assert_snapshot!(errors("script x network=mainnet { chain length=1; handshake; }"), @"
     × the chain cannot be built: mainnet requires real work
      ╭─[bad.kdl:1:28]
    1 │ script x network=mainnet { chain length=1; handshake; }
      ·                            ──┬──
      ·                              ╰── this chain
      ╰────
     help: use `network=regtest`, or `rules=without-work` for a target that checks no work
    ");
    assert_snapshot!(in_script("chain length=3 { fault value at=2 field=bits to=7 }\n    send headers from=2 count=3 chain=mein"), @"
     × the chain cannot be built: invalid type: integer `7`, expected a string
      ╭─[bad.kdl:2:28]
    1 │ script x network=regtest {
    2 │     chain length=3 { fault value at=2 field=bits to=7 }
      ·                            ──┬──
      ·                              ╰── this chain
    3 │     send headers from=2 count=3 chain=mein
      ╰────
     × unknown chain `mein`
      ╭─[bad.kdl:3:33]
    2 │     chain length=3 { fault value at=2 field=bits to=7 }
    3 │     send headers from=2 count=3 chain=mein
      ·                                 ─────┬────
      ·                                      ╰── not declared
    4 │ }
      ╰────
     help: did you mean `main`?
    ");
}

#[test]
fn blocks_that_are_not_there() {
    assert_snapshot!(in_script("chain length=3\n    send block from=2 count=3\n    send headers from=4\n    send block from=1 count=0\n    send getheaders { locator $main.3 $main.4; }\n    send blocktxn transactions=$main.4.coinbase"), @"
     × the header `main.4` does not exist
      ╭─[bad.kdl:3:23]
    2 │     chain length=3
    3 │     send block from=2 count=3
      ·                       ───┬───
      ·                          ╰── after the end of the chain
    4 │     send headers from=4
      ╰────
     help: `main` ends at height 3
     × the header `main.4` does not exist
      ╭─[bad.kdl:4:18]
    3 │     send block from=2 count=3
    4 │     send headers from=4
      ·                  ───┬──
      ·                     ╰── after the end of the chain
    5 │     send block from=1 count=0
      ╰────
     help: `main` ends at height 3
     × the count of `send block` must be greater than zero
      ╭─[bad.kdl:5:5]
    4 │     send headers from=4
    5 │     send block from=1 count=0
      ·     ──┬─
      ·       ╰── here
    6 │     send getheaders { locator $main.3 $main.4; }
      ╰────
     × the header `main.4` does not exist
      ╭─[bad.kdl:6:23]
    5 │     send block from=1 count=0
    6 │     send getheaders { locator $main.3 $main.4; }
      ·                       ───┬───
      ·                          ╰── after the end of the chain
    7 │     send blocktxn transactions=$main.4.coinbase
      ╰────
     help: `main` ends at height 3
     × the header `main.4` does not exist
      ╭─[bad.kdl:7:19]
    6 │     send getheaders { locator $main.3 $main.4; }
    7 │     send blocktxn transactions=$main.4.coinbase
      ·                   ──────────────┬──────────────
      ·                                 ╰── after the end of the chain
    8 │ }
      ╰────
     help: `main` ends at height 3
    ");
    assert_snapshot!(errors("script x network=mainnet { chain recorded=9; send block from=3; send blocktxn transactions=$main.9.coinbase; }"), @"
     × the block of `main.3` is not known
      ╭─[bad.kdl:1:57]
    1 │ script x network=mainnet { chain recorded=9; send block from=3; send blocktxn transactions=$main.9.coinbase; }
      ·                                                         ───┬──
      ·                                                            ╰── no block
      ╰────
     help: only block 0 and mined headers have blocks; recorded headers do not
     × the block of `main.9` is not known
      ╭─[bad.kdl:1:79]
    1 │ script x network=mainnet { chain recorded=9; send block from=3; send blocktxn transactions=$main.9.coinbase; }
      ·                                                                               ──────────────┬──────────────
      ·                                                                                             ╰── no block
      ╰────
     help: only block 0 and mined headers have blocks; recorded headers do not
    ");
}

/// The length of the file is unknown, but no message can be that long.
#[test]
fn more_of_a_chain_than_fits() {
    assert_snapshot!(in_script("chain file=\"headers.bin\"\n    send headers from=1 count=4294967295\n    send block from=1 count=4294967295"), @r#"
     × `headers`: more than 67108864 bytes
      ╭─[bad.kdl:3:5]
    2 │     chain file="headers.bin"
    3 │     send headers from=1 count=4294967295
      ·     ──┬─
      ·       ╰── here
    4 │     send block from=1 count=4294967295
      ╰────
     × `block`: more than 67108864 bytes
      ╭─[bad.kdl:4:5]
    3 │     send headers from=1 count=4294967295
    4 │     send block from=1 count=4294967295
      ·     ──┬─
      ·       ╰── here
    5 │ }
      ╰────
    "#);
}

#[test]
fn lies_about_nothing() {
    assert_snapshot!(in_script("chain length=2\n    send headers from=1 count=2 { lie compact-size \"headers.cuont\" width=9; }\n    send raw \"00\" { lie cut 0; }\n    send ping { lie length 7; lie append \"00\"; split 5 4; }\n    send ping { lie compact-size nonce; }"), @r#"
     × `headers`: the payload has no CompactSize `headers.cuont`
      ╭─[bad.kdl:3:52]
    2 │     chain length=2
    3 │     send headers from=1 count=2 { lie compact-size "headers.cuont" width=9; }
      ·                                                    ───────┬───────
      ·                                                           ╰── here
    4 │     send raw "00" { lie cut 0; }
      ╰────
     help: did you mean `headers.count`?
     × `send raw` takes no `lie`
      ╭─[bad.kdl:4:5]
    3 │     send headers from=1 count=2 { lie compact-size "headers.cuont" width=9; }
    4 │     send raw "00" { lie cut 0; }
      ·     ──┬─
      ·       ╰── here
    5 │     send ping { lie length 7; lie append "00"; split 5 4; }
      ╰────
     help: write the changed bytes instead
     × the offsets of `split` must increase, and each piece must have at least one byte
      ╭─[bad.kdl:5:10]
    4 │     send raw "00" { lie cut 0; }
    5 │     send ping { lie length 7; lie append "00"; split 5 4; }
      ·          ──┬─
      ·            ╰── here
    6 │     send ping { lie compact-size nonce; }
      ╰────
     × a lie about the payload comes after a lie about the envelope
      ╭─[bad.kdl:5:10]
    4 │     send raw "00" { lie cut 0; }
    5 │     send ping { lie length 7; lie append "00"; split 5 4; }
      ·          ──┬─
      ·            ╰── here
    6 │     send ping { lie compact-size nonce; }
      ╰────
     help: length and checksum are computed for the payload at that point; put this lie first
     × `ping`: the payload has no CompactSize `nonce`
      ╭─[bad.kdl:6:34]
    5 │     send ping { lie length 7; lie append "00"; split 5 4; }
    6 │     send ping { lie compact-size nonce; }
      ·                                  ──┬──
      ·                                    ╰── here
    7 │ }
      ╰────
     help: it has no CompactSize
    "#);
}

#[test]
fn outcomes() {
    assert_snapshot!(in_script("expect-one-of {}\n    expect-one-of { fail { disconnect; }; pass { barrier; }; weaker; pass { close; }; }"), @"
     × a better outcome comes after a worse one
      ╭─[bad.kdl:3:5]
    2 │     expect-one-of {}
    3 │     expect-one-of { fail { disconnect; }; pass { barrier; }; weaker; pass { close; }; }
      ·     ──────┬──────
      ·           ╰── here
    4 │ }
      ╰────
     help: the order is `pass`, `weaker`, `fail`
     × `weaker` needs what is observed, in braces
      ╭─[bad.kdl:3:62]
    2 │     expect-one-of {}
    3 │     expect-one-of { fail { disconnect; }; pass { barrier; }; weaker; pass { close; }; }
      ·                                                              ───┬──
      ·                                                                 ╰── missing here
    4 │ }
      ╰────
     × unknown verb `close`
      ╭─[bad.kdl:3:77]
    2 │     expect-one-of {}
    3 │     expect-one-of { fail { disconnect; }; pass { barrier; }; weaker; pass { close; }; }
      ·                                                                             ──┬──
      ·                                                                               ╰── not valid as something to expect
    4 │ }
      ╰────
     help: expected one of `expect`, `disconnect`, `silence`, `barrier`
    ");
}

#[test]
fn the_second_time_round() {
    assert_snapshot!(in_script("repeat 2 { handshake; }"), @"
     × a second handshake on the connection `main`
      ╭─[bad.kdl:2:16]
    1 │ script x network=regtest {
    2 │     repeat 2 { handshake; }
      ·                ────┬────
      ·                    ╰── here
    3 │ }
      ╰────
    ");
    assert_snapshot!(in_script("repeat 2 { handshake; close; }"), @"
     × the connection `main` has ended
      ╭─[bad.kdl:2:16]
    1 │ script x network=regtest {
    2 │     repeat 2 { handshake; close; }
      ·                ────┬────
      ·                    ╰── comes too late
    3 │ }
      ╰────
     help: `connect` opens it again
     × the connection `main` has ended
      ╭─[bad.kdl:2:27]
    1 │ script x network=regtest {
    2 │     repeat 2 { handshake; close; }
      ·                           ──┬──
      ·                             ╰── comes too late
    3 │ }
      ╰────
     help: `connect` opens it again
    ");
}

#[test]
fn a_fact_is_named_with_what_was_meant() {
    assert_snapshot!(in_script("requires fact=\"speaks-first|negotiates-wtxid\"\n    requires without-fact=7\n    handshake"), @r#"
     × unknown fact `negotiates-wtxid`
      ╭─[bad.kdl:2:14]
    1 │ script x network=regtest {
    2 │     requires fact="speaks-first|negotiates-wtxid"
      ·              ──────────────────┬─────────────────
      ·                                ╰── unknown fact
    3 │     requires without-fact=7
      ╰────
     help: did you mean `negotiates-wtxidrelay`?
     × expected facts such as `speaks-first`
      ╭─[bad.kdl:3:14]
    2 │     requires fact="speaks-first|negotiates-wtxid"
    3 │     requires without-fact=7
      ·              ───────┬──────
      ·                     ╰── invalid value
    4 │     handshake
      ╰────
    "#);
}
