//! Steps with several outcomes.

use fake_peer_core::Message;
use fake_peer_core::message::{FeeFilter, Inv};

use crate::player::peer::{Act, Peer, after, say};
use crate::player::{honest, play, verdict};

const STEPS: &str = r#"
    handshake
    barrier
    send mempool
    expect-one-of within="5s" {
        pass "ends it" {
            disconnect
        }
        weaker "is quiet" {
            barrier
            silence for="1s"
        }
        fail "answers" {
            expect inv
        }
    }
    send getaddr"#;

fn on_mempool(act: impl Fn() -> Vec<Act> + 'static) -> Peer {
    Peer::honest(move |_, message| match message {
        Message::Mempool(_) => act(),
        _ => Vec::new(),
    })
}

fn inv() -> Act {
    say(Inv {
        inventory: Vec::new(),
    })
}

#[test]
fn the_first_to_be_observed_is_the_one() {
    insta::assert_snapshot!(verdict(STEPS, &mut on_mempool(|| vec![Act::Close])), @"pass: ends it");
    insta::assert_snapshot!(verdict(STEPS, &mut honest()), @"weaker: is quiet");
    insta::assert_snapshot!(verdict(STEPS, &mut on_mempool(|| vec![inv(), Act::Close])), @"
    fail: the target did what it must not: answers
      step 4.3: expect inv
      connection main
    ");
}

#[test]
fn what_stands_behind_an_outcome_must_happen_too() {
    let mut late = on_mempool(|| vec![after(500, inv())]);
    insta::assert_snapshot!(verdict(STEPS, &mut late), @r#"
    fail: the target sent `inv`
      step 4.2.1: silence for="1s"
      connection main
    "#);
}

#[test]
fn none_in_time_is_a_failure() {
    let deaf = || {
        Peer::new(|_, heard| match heard {
            crate::player::peer::Heard::Message(Message::Ping(_)) => Vec::new(),
            crate::player::peer::Heard::Message(message) => crate::player::peer::honestly(message),
            _ => Vec::new(),
        })
    };
    let steps = STEPS.replace("barrier\n    send", "send");
    insta::assert_snapshot!(verdict(&steps, &mut deaf()), @r#"
    fail: unresponsive: no answer to our ping in 5 s; received: getheaders
      step 3: expect-one-of within="5s" { pass "ends it" { disconnect }; weaker "is quiet" { barrier; silence for="1s" }; fail "answer…
      connection main
    "#);
    let steps = "handshake; expect-one-of { pass { expect inv; }; pass { silence for=\"1s\"; }; }";
    insta::assert_snapshot!(verdict(steps, &mut on_mempool(Vec::new)), @r#"
    fail: timed out after 10 s waiting for `inv` or silence; received: getheaders
      step 2: expect-one-of { pass { expect inv }; pass { silence for="1s" } }
      connection main
    "#);
}

/// The step fails as soon as that is known, not only when the time is up.
#[test]
fn what_cannot_happen_any_more_is_not_waited_for() {
    let steps =
        "handshake; send mempool; expect-one-of { pass { expect inv; }; weaker { barrier; }; }";
    let played = play(steps, &mut on_mempool(|| vec![Act::Reset]));
    insta::assert_snapshot!(played.verdict, @"
    fail: the target reset the connection (RST); received: getheaders
      step 3: expect-one-of { pass { expect inv }; weaker { barrier } }
      connection main
    ");
    assert!(played.elapsed.as_millis() < 10);
}

#[test]
fn a_silence_may_be_longer_than_the_time_out() {
    let steps = "handshake; expect getheaders; expect-one-of { pass { silence for=\"1m\"; }; fail { expect inv; }; }";
    assert_eq!(verdict(steps, &mut honest()), "pass");
}

#[test]
fn the_worst_of_several_connections_counts() {
    let picky = |bad: usize| {
        Peer::honest(move |at, message| match message {
            Message::Mempool(_) if at == bad => vec![say(FeeFilter { fee_rate: 1 })],
            Message::Mempool(_) => vec![inv()],
            _ => Vec::new(),
        })
    };
    let steps = r#"
        connection crowd {
            connect count=3
            handshake
            send mempool
            expect-one-of {
                pass "all" { expect inv; }
                weaker "one" { expect feefilter; }
            }
        }"#;
    insta::assert_snapshot!(verdict(steps, &mut picky(1)), @"weaker: one");
    insta::assert_snapshot!(verdict(steps, &mut picky(9)), @"pass: all");
}
