use std::collections::BTreeSet;
use std::fmt::Write as _;

use fake_peer_core::{Hash256, Network};
use proptest::prelude::*;

use super::*;
use crate::check::check;
use crate::text;

fn keep_going(_: &Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn shrink_all(script: &Script, oracle: &mut dyn Oracle) -> Shrunk {
    shrink(script, oracle, 10_000, &mut keep_going).unwrap()
}

fn load(steps: &str) -> Script {
    let text = format!("script \"test\" network=regtest {{\n{steps}\n}}");
    crate::load("test.kdl", &text).unwrap()
}

/// The steps of the smallest script whose text has all these words.
fn smallest(steps: &str, words: &[&str]) -> String {
    let mut oracle = |script: &Script| {
        let text = text::print(script);
        words.iter().all(|word| text.contains(word))
    };
    let shrunk = shrink_all(&load(steps), &mut oracle);
    assert!(shrunk.is_smallest);
    body(&shrunk.script)
}

fn body(script: &Script) -> String {
    let text = text::print(script);
    let (_, body) = text.split_once('\n').unwrap();
    body.trim_end().trim_end_matches('}').trim_end().to_owned()
}

/// A script as a recorder would write it: a handshake, then rounds of requests and replies. The 31st
/// round is guilty: a `notfound` of 37 items, the 20th of which has an unknown kind.
fn recording(rounds: u8) -> Script {
    let mut steps =
        "requires role=listens\nsend version\nexpect version\nexpect verack\nsend verack\n"
            .to_owned();
    for number in 0..rounds {
        let nonce = u64::from(number) + 1;
        let item = |at: u8| {
            let kind = if at == 20 { "0x4d" } else { "TX" };
            let hash = Hash256([number ^ at; 32]);
            format!("- kind=\"{kind}\" hash=\"{hash}\"\n")
        };
        let items: String = match number {
            30 => (1..38).map(item).collect(),
            _ => item(1),
        };
        let locator = Hash256([number; 32]);
        let _ = write!(
            steps,
            "send ping nonce={nonce}\nexpect pong nonce={nonce}\n\
             send notfound {{\ninventory {{\n{items}}}\n}}\n\
             send getheaders {{\nlocator \"{locator}\"\n}}\n"
        );
    }
    steps.push_str("close\n");
    load(&steps)
}

/// A node that fails on the item after a handshake.
fn breaks_on_the_item(script: &Script) -> bool {
    let mut seen = BTreeSet::new();
    for step in &script.steps {
        let line = text::print(&Script {
            steps: vec![step.clone()],
            ..Script::default()
        });
        let is_ready = ["version", "verack"]
            .iter()
            .all(|step| seen.contains(*step));
        if is_ready && line.contains("send notfound") && line.contains("kind=\"0x4d\"") {
            return true;
        }
        for command in ["version", "verack"] {
            if line.contains(&format!("send {command}")) {
                seen.insert(command);
            }
        }
    }
    false
}

#[test]
fn one_guilty_message_of_a_long_recording_is_found() {
    let script = recording(48);
    assert_eq!(check(&script), []);
    let shrunk = shrink_all(&script, &mut breaks_on_the_item);
    println!(
        "from {} to {} steps in {} tries",
        shrunk.steps_before, shrunk.steps, shrunk.tries
    );
    assert!(shrunk.steps_before >= 197 && shrunk.steps <= 10);
    assert!(shrunk.tries < 200, "{}", shrunk.tries);
    insta::assert_snapshot!(body(&shrunk.script), @r#"
    requires role=listens
    send version
    send verack
    send notfound {
        inventory {
            - kind="0x4d" hash="0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
        }
    }
    "#);
}

#[test]
fn blocks_are_replaced_by_what_is_inside() {
    let steps = r"
        handshake
        repeat 3 {
            ping_pong
        }
    "
    .replace("ping_pong", "send ping\nexpect pong");
    insta::assert_snapshot!(smallest(&steps, &["send ping"]), @"    send ping");
    let outcomes = r#"
        handshake
        send mempool
        expect-one-of {
            pass { disconnect; }
            weaker { silence for="1s"; send ping; barrier; }
            fail { expect inv; }
        }
    "#;
    insta::assert_snapshot!(smallest(outcomes, &["send ping"]), @"    send ping");
    insta::assert_snapshot!(smallest(outcomes, &["weaker"]), @r#"
    expect-one-of {
        weaker {
            silence for="1s"
        }
    }
    "#);
    let connections = r"
        connection a { connect; send ping; }
        connection b { connect; send pong nonce=1; }
        connection a { send verack; }
    ";
    insta::assert_snapshot!(smallest(connections, &["connection a", "send ping", "send verack"]), @"
    connection a {
        send ping
        send verack
    }
    ");
}

#[test]
fn a_capture_is_removed_after_the_steps_that_need_it() {
    let steps = r"
        handshake
        expect ping { capture nonce as=theirs; }
        send ping
        send pong nonce=$theirs
    ";
    insta::assert_snapshot!(smallest(steps, &["send ping"]), @"    send ping");
    insta::assert_snapshot!(smallest(steps, &["send pong"]), @"    send pong");
}

#[test]
fn fields_delivery_and_bytes_follow_the_steps() {
    let steps = r#"
        handshake user_agent="/long and telling/" start_height=7 { offer wtxidrelay sendaddrv2; }
        send ping nonce=123456789 { lie checksum "01020304"; split each=1 pause="1s"; copies 3; }
        send junk payload="00112233445566778899deadbeefcc"
        send raw "000102030405" $random.16 "0708deadbeef0a0b" $zeros.99
        expect pong nonce=123456789 within="5s" { capture nonce as=n; }
    "#;
    let steps = &steps.replace("send junk", "send unknown junk");
    insta::assert_snapshot!(smallest(steps, &["handshake", "tell"]), @"    handshake user_agent=tell");
    insta::assert_snapshot!(smallest(steps, &["handshake", "offer", "sendaddrv2"]), @"
    handshake {
        offer sendaddrv2
    }
    ");
    insta::assert_snapshot!(smallest(steps, &["ping", "copies"]), @"
    send ping {
        copies 2
    }
    ");
    insta::assert_snapshot!(smallest(steps, &["ping", "split"]), @r#"
    send ping {
        split pause="1s"
    }
    "#);
    insta::assert_snapshot!(smallest(steps, &["ping", "lie"]), @r#"
    send ping {
        lie checksum "01020304"
    }
    "#);
    insta::assert_snapshot!(smallest(steps, &["unknown", "deadbeef"]), @"    send unknown junk payload=deadbeef");
    insta::assert_snapshot!(smallest(steps, &["raw", "deadbeef"]), @r#"    send raw "deadbeef""#);
    insta::assert_snapshot!(smallest(steps, &["raw", "zeros"]), @"    send raw $zeros.0");
    insta::assert_snapshot!(smallest(steps, &["expect pong"]), @r#"    expect pong within="5s""#);
}

#[test]
fn the_smallest_count_that_holds_is_found() {
    let script = load(
        r#"
        chain length=30 seed=9 spacing=60 { fault link at=25; }
        handshake
        send inv { inventory { times 3000 kind=TX hash=$random.32; times 7 kind=BLOCK hash=$zeros.32; }; }
        send headers from=20 count=7
        wait "20m"
        "#,
    );
    let mut oracle = |script: &Script| {
        let items = script.steps.iter().map(|step| match step {
            Step::Send(send) => match crate::wire::encode(
                send,
                Network::REGTEST,
                &mut crate::check::sample_of(script),
            ) {
                Ok(bytes) => (bytes.concat().len().saturating_sub(24)) / 36,
                Err(_) => 0,
            },
            _ => 0,
        });
        items.sum::<usize>() > 1000
    };
    insta::assert_snapshot!(body(&shrink_all(&script, &mut oracle).script), @"
    send inv {
        inventory {
            times 1001 kind=TX hash=$random.32
        }
    }
    ");
    let mut follows = |script: &Script| {
        let text = text::print(script);
        text.contains("fault link") && text.contains("send headers")
    };
    insta::assert_snapshot!(body(&shrink_all(&script, &mut follows).script), @"
    chain length=25 {
        fault link at=25
    }
    send headers from=0
    ");
}

#[test]
fn what_does_not_hold_is_not_shrunk_and_a_search_can_be_ended() {
    let script = recording(48);
    let refused = shrink(&script, &mut |_: &Script| false, 100, &mut keep_going);
    assert_eq!(refused, Err(DoesNotHold));

    let shrunk = shrink(&script, &mut breaks_on_the_item, 5, &mut keep_going).unwrap();
    assert_eq!((shrunk.tries, shrunk.is_smallest), (5, false));
    assert!(shrunk.steps < shrunk.steps_before && breaks_on_the_item(&shrunk.script));

    let mut end = |progress: &Progress| match progress.tries {
        7 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let shrunk = shrink(&script, &mut breaks_on_the_item, 100, &mut end).unwrap();
    assert_eq!((shrunk.tries, shrunk.is_smallest), (7, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The oracle wants some random steps of the recording.
    #[test]
    fn the_result_holds_and_is_valid_and_reproducible(
        wanted in proptest::collection::btree_set(0..8_u64, 1..4),
    ) {
        let script = recording(8);
        let mut asked = BTreeSet::new();
        let mut twice = false;
        let wants = |script: &Script| {
            let text = text::print(script);
            wanted.iter().all(|number| text.contains(&format!("send ping nonce={}\n", number + 1)))
        };
        let mut oracle = |script: &Script| {
            twice |= !asked.insert(text::print(script));
            assert_eq!(check(script), []);
            wants(script)
        };
        let shrunk = shrink_all(&script, &mut oracle);
        prop_assert!(!twice);
        prop_assert!(wants(&shrunk.script));
        prop_assert_eq!(shrunk.steps, wanted.len());
        let again = shrink_all(&script, &mut |script: &Script| wants(script));
        prop_assert_eq!(again, shrunk);
    }
}
