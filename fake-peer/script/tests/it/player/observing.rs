//! Messages, silence, barriers and ends of connections in the order in which they arrive.

use std::time::{Duration, Instant};

use fake_peer_core::Hash256;
use fake_peer_core::Message;
use fake_peer_core::message::{FeeFilter, GetAddr, Inv, InvItem, InvType, Ping, SendHeaders};
use fake_peer_script::player::{PlayConfig, Verdict};

use crate::player::peer::{Act, Heard, Peer, after, say};
use crate::player::{config, honest, lines, play, play_with, verdict};

#[test]
fn a_handshake_is_version_and_verack_both_ways() {
    let played = play("handshake { offer wtxidrelay sendaddrv2; }", &mut honest());
    insta::assert_snapshot!(lines(&played.transcript), @"
    50µs main * opened
    50µs main > version (127)
    150µs main < version (120)
    150µs main > wtxidrelay (24)
    150µs main > sendaddrv2 (24)
    150µs main > verack (24)
    150µs main < verack (24)
    ");
    assert_eq!(played.verdict, Verdict::Pass { note: None });
}

#[test]
fn what_came_with_verack_can_be_expected() {
    assert_eq!(
        verdict("handshake; expect getheaders", &mut honest()),
        "pass"
    );
    assert_eq!(
        verdict(
            "handshake; wait \"1s\"; barrier; expect getheaders",
            &mut honest()
        ),
        "pass"
    );
}

#[test]
fn what_came_while_another_connection_was_busy_can_be_expected() {
    let steps = "
        connection other { handshake; barrier; }
        handshake
        connection other { silence for=\"1s\"; }
        expect getheaders
        connection other { expect getheaders; }";
    assert_eq!(verdict(steps, &mut honest()), "pass");
}

#[test]
fn what_was_passed_over_is_gone() {
    let mut talkative = Peer::honest(|_, message| match message {
        Message::Verack(_) => vec![say(SendHeaders {}), say(FeeFilter { fee_rate: 7 })],
        _ => Vec::new(),
    });
    assert_eq!(
        verdict(
            "handshake; expect sendheaders; expect feefilter",
            &mut talkative
        ),
        "pass"
    );
    insta::assert_snapshot!(
        verdict("handshake; expect feefilter; expect sendheaders within=\"2s\"", &mut talkative),
        @r#"
        fail: timed out after 2 s waiting for `sendheaders`; received: nothing
          step 3: expect sendheaders within="2s"
          connection main
        "#
    );
}

#[test]
fn fields_are_tested() {
    let inv = || Inv {
        inventory: vec![
            InvItem {
                kind: InvType::TX,
                hash: Hash256([0xab; 32]),
            },
            InvItem {
                kind: InvType::BLOCK,
                hash: Hash256([2; 32]),
            },
        ],
    };
    let passes = |test: &str| {
        let mut peer = Peer::honest(move |_, message| match message {
            Message::GetAddr(_) => vec![say(inv()), say(Ping { nonce: 40 })],
            _ => Vec::new(),
        });
        let script =
            format!("chain length=2\nhandshake\nsend getaddr\nexpect {test} within=\"1s\"");
        matches!(play(&script, &mut peer).verdict, Verdict::Pass { .. })
    };
    for test in [
        "ping nonce=40",
        "ping nonce=(not)41",
        "ping nonce=(at-least)40",
        "ping nonce=(at-most)40",
        "inv inventory=(count)2",
        "inv inventory=(has)BLOCK",
        "inv inventory.1.kind=BLOCK",
        "inv inventory.1.kind=2",
        "inv inventory.0.hash=ABababababababababababababababababababababababababababababababab",
        "inv inventory.0.hash=(count)32",
        "inv inventory.0.hash=(not)$main.1",
        "inv inventory.2.kind=(not)BLOCK",
    ] {
        assert!(passes(test), "{test}");
    }
    for test in [
        "ping nonce=41",
        "ping nonce=(not)40",
        "ping nonce=(at-least)41",
        "ping nonce=(at-most)39",
        "inv inventory=(count)3",
        "inv inventory=(has)WTX",
        "inv inventory.1.kind=TX",
        "inv inventory.2.kind=BLOCK",
        "inv inventory.0.hash=$main.tip",
        "inv inventory.0.hash=(count)64",
    ] {
        assert!(!passes(test), "{test}");
    }
}

#[test]
fn fields_of_a_version_are_tested() {
    for test in [
        "services=(has)NETWORK services=(has)\"WITNESS|NETWORK\" services=\"NETWORK|WITNESS\"",
        "services=9 services=(not)1 services=(not)NETWORK",
        "user_agent=(has)target user_agent=(count)10 start_height=7",
    ] {
        let steps = format!("send version\nexpect version {test} within=\"1s\"");
        assert_eq!(verdict(&steps, &mut honest()), "pass", "{test}");
    }
    for test in [
        "services=(has)BLOOM",
        "services=(has)NETWORK_LIMITED",
        "user_agent=(count)5",
    ] {
        let steps = format!("send version\nexpect version {test} within=\"1s\"");
        assert!(verdict(&steps, &mut honest()).starts_with("fail"), "{test}");
    }
}

#[test]
fn what_was_captured_is_sent_back() {
    let steps = "
        handshake
        send getaddr
        expect ping { capture nonce as=theirs; }
        answer-pings #false
        send mempool
        expect ping { capture nonce as=theirs; }
        send pong nonce=$theirs
        expect feefilter";
    let mut peer = Peer::honest(|_, message| match message {
        Message::GetAddr(_) => vec![say(Ping { nonce: 1 })],
        Message::Mempool(_) => vec![say(Ping { nonce: 77 })],
        Message::Pong(pong) if pong.nonce == 77 => vec![say(FeeFilter { fee_rate: 1 })],
        _ => Vec::new(),
    });
    assert_eq!(verdict(steps, &mut peer), "pass");
}

/// Plays run in virtual time.
#[test]
fn a_silence_of_20_minutes_takes_no_time() {
    let start = Instant::now();
    let played = play(
        "handshake; expect getheaders; silence for=\"20m\"",
        &mut honest(),
    );
    assert!(matches!(played.verdict, Verdict::Pass { .. }));
    assert!(played.elapsed >= Duration::from_mins(20));
    assert!(start.elapsed() < Duration::from_millis(300));
}

#[test]
fn a_silence_is_about_all_that_no_step_has_looked_at() {
    insta::assert_snapshot!(verdict("handshake; wait \"5s\"; silence for=\"1s\"", &mut honest()), @r#"
    fail: the target sent `getheaders`
      step 3: silence for="1s"
      connection main
    "#);
    assert_eq!(
        verdict(
            "handshake; ignore getheaders; silence for=\"1s\"",
            &mut honest()
        ),
        "pass"
    );
    assert_eq!(
        verdict("handshake; barrier; silence for=\"1s\"", &mut honest()),
        "pass"
    );
    let mut late = Peer::honest(|_, message| match message {
        Message::GetAddr(_) => vec![after(900, say(GetAddr {}))],
        _ => Vec::new(),
    });
    insta::assert_snapshot!(
        verdict("handshake; barrier; send getaddr; silence for=\"1s\"", &mut late),
        @r#"
        fail: the target sent `getaddr`
          step 4: silence for="1s"
          connection main
        "#
    );
}

#[test]
fn a_barrier_takes_its_own_pong_alone() {
    let mut liar = Peer::new(|_, heard| match heard {
        Heard::Message(Message::Ping(_)) => {
            vec![
                say(fake_peer_core::message::Pong { nonce: 3 }),
                say(SendHeaders {}),
            ]
        }
        _ => Vec::new(),
    });
    insta::assert_snapshot!(verdict("barrier within=\"2s\"", &mut liar), @r#"
    fail: unresponsive: no answer to our ping in 2 s; received: pong, sendheaders
      step 1: barrier within="2s"
      connection main
    "#);
    let steps = "handshake; barrier; barrier; expect getheaders";
    assert_eq!(verdict(steps, &mut honest()), "pass");
}

#[test]
fn an_end_is_awaited() {
    let ends = |act: fn() -> Act| {
        Peer::honest(move |_, message| match message {
            Message::GetAddr(_) => vec![say(Ping { nonce: 1 }), act()],
            _ => Vec::new(),
        })
    };
    let mut closes = ends(|| Act::Close);
    let mut resets = ends(|| Act::Reset);
    for (how, peer) in [("any", &mut closes), ("closed", &mut ends(|| Act::Close))] {
        let steps = format!("handshake; send getaddr; disconnect within=\"1s\" how={how}");
        assert_eq!(verdict(&steps, peer), "pass");
    }
    let steps = "handshake; send getaddr; disconnect how=reset";
    assert_eq!(verdict(steps, &mut resets), "pass");
    insta::assert_snapshot!(verdict(steps, &mut ends(|| Act::Close)), @"
    fail: the target closed the connection (FIN); received: getheaders, ping
      step 3: disconnect how=reset
      connection main
    ");
}

#[test]
fn pings_are_answered_unless_told_otherwise() {
    let pinging = || {
        let mut pongs = 0;
        Peer::honest(move |_, message| match message {
            Message::GetAddr(_) => vec![say(Ping { nonce: 1 })],
            Message::Pong(_) => {
                pongs += 1;
                vec![say(FeeFilter { fee_rate: pongs })]
            }
            _ => Vec::new(),
        })
    };
    let answered = "handshake; send getaddr; expect feefilter fee_rate=1";
    assert_eq!(verdict(answered, &mut pinging()), "pass");
    let unanswered = "
        handshake
        barrier
        answer-pings #false
        send getaddr
        expect ping
        silence for=\"1s\"
        answer-pings #true
        send getaddr
        expect feefilter fee_rate=1";
    assert_eq!(verdict(unanswered, &mut pinging()), "pass");
}

#[test]
fn what_is_forbidden_must_not_come() {
    let steps = "handshake; barrier; forbid getheaders; silence for=\"1s\"";
    assert_eq!(verdict(steps, &mut honest()), "pass");
    insta::assert_snapshot!(
        verdict("forbid getheaders; handshake; wait \"1m\"", &mut honest()),
        @r#"
        fail: the target sent `getheaders`
          step 3: wait "1m"
          connection main
        "#
    );
    // The message arrived before it was forbidden, but no step has observed it.
    insta::assert_snapshot!(
        verdict("handshake; wait \"1s\"; forbid getheaders; wait \"1s\"", &mut honest()),
        @"
        fail: the target sent `getheaders`
          step 3: forbid getheaders
          connection main
        "
    );
    let steps = "forbid getheaders ping; ignore getheaders; handshake; wait \"1m\"";
    assert_eq!(verdict(steps, &mut honest()), "pass");
}

#[test]
fn who_does_not_read_hears_it_later() {
    let steps = "
        handshake
        barrier
        reading #false
        send getaddr
        silence for=\"20m\"
        reading #true
        expect ping within=\"1s\"";
    let mut peer = Peer::honest(|_, message| match message {
        Message::GetAddr(_) => vec![say(Ping { nonce: 1 })],
        _ => Vec::new(),
    });
    assert_eq!(verdict(steps, &mut peer), "pass");
}

/// A node that answers pings at once, and processes headers 50 ms later.
fn slow_to_process() -> Peer {
    Peer::honest(|_, message| match message {
        Message::Headers(_) => vec![after(50, say(GetAddr {}))],
        _ => Vec::new(),
    })
}

#[test]
fn a_barrier_counts_as_an_outcome_only_when_it_has_settled() {
    let settled = |settle: u64, set: &str| {
        let config = PlayConfig {
            settle: Duration::from_millis(settle),
            ..config()
        };
        let steps = format!("handshake; send headers; {set}");
        let played = play_with(&steps, config, &mut slow_to_process());
        let verdict = played.verdict.to_string();
        (verdict.lines().next().unwrap().to_owned(), played.elapsed)
    };
    let set = "expect-one-of { pass { barrier; }; pass { silence for=\"10ms\"; }; fail { expect getaddr; }; }";
    let barrier = "expect-one-of { pass { barrier; }; fail { expect getaddr; }; }";
    let (verdict, elapsed) = settled(0, barrier);
    assert_eq!(verdict, "pass");
    assert!(elapsed < Duration::from_millis(5));
    let (verdict, elapsed) = settled(20, barrier);
    assert_eq!(verdict, "pass");
    assert!(elapsed > Duration::from_millis(20));
    for set in [set, barrier] {
        assert_eq!(
            settled(100, set).0,
            "fail: the target did what it must not",
            "{set}"
        );
    }
    // A barrier that is not one of several outcomes only puts messages in order.
    let (verdict, elapsed) = settled(100, "barrier");
    assert_eq!(verdict, "pass");
    assert!(elapsed < Duration::from_millis(5));
}

#[test]
fn the_end_of_the_connection_counts_while_a_barrier_settles() {
    let mut leaves = Peer::honest(|_, message| match message {
        Message::Headers(_) => vec![after(50, Act::Close)],
        _ => Vec::new(),
    });
    let config = PlayConfig {
        settle: Duration::from_millis(100),
        ..config()
    };
    let steps = "handshake; send headers; \
        expect-one-of { weaker { barrier; }; pass { disconnect; }; fail { expect getaddr; }; }";
    let played = play_with(steps, config, &mut leaves);
    assert_eq!(played.verdict.to_string(), "pass");
}
