//! The texts of failures and errors.

use fake_peer_core::Message;
use fake_peer_core::message::{GetAddr, Ping};
use fake_peer_machine::{Action, ConnId, Input, Machine};
use fake_peer_script::model::Role;
use fake_peer_script::player::{ConnectionEnd, PlayConfig, Player, Verdict};

use crate::player::peer::{Act, Heard, Peer, say};
use crate::player::{config, honest, play, play_with, prepare, verdict};

fn at_once(act: fn() -> Vec<Act>) -> Peer {
    Peer::new(move |_, heard| match heard {
        Heard::Opened => act(),
        _ => Vec::new(),
    })
}

#[test]
fn nothing_comes_in_time() {
    let played = play("handshake", &mut at_once(Vec::new));
    insta::assert_snapshot!(played.verdict, @"
    fail: timed out after 10 s waiting for `handshake`; received: nothing
      step 1: handshake
      connection main
    ");
    assert_eq!(played.connections[0].end, ConnectionEnd::Open);
}

/// A wait that times out and a ping without an answer are different findings.
#[test]
fn a_ping_of_ours_goes_unanswered() {
    let steps = "barrier within=\"1s\"";
    let played = play(steps, &mut at_once(|| vec![say(GetAddr {})]));
    insta::assert_snapshot!(played.verdict, @r#"
    fail: unresponsive: no answer to our ping in 1 s; received: getaddr
      step 1: barrier within="1s"
      connection main
    "#);
    assert_eq!(played.connections[0].end, ConnectionEnd::Unresponsive);
    let steps =
        "expect-one-of { pass { expect inv within=\"2s\"; }; pass { barrier within=\"1s\"; }; }";
    let played = play(steps, &mut at_once(Vec::new));
    assert_eq!(played.connections[0].end, ConnectionEnd::Unresponsive);
    // It has answered before the wait ends.
    let steps = "handshake; barrier; expect inv within=\"1s\"";
    let played = play(steps, &mut honest());
    assert_eq!(played.connections[0].end, ConnectionEnd::Open);
}

#[test]
fn other_messages_come() {
    let mut busy = at_once(|| {
        (0..40)
            .map(|nonce| say(Ping { nonce: nonce / 20 }))
            .chain([say(GetAddr {})])
            .collect()
    });
    insta::assert_snapshot!(verdict("expect inv within=\"3s\"", &mut busy), @r#"
    fail: timed out after 3 s waiting for `inv`; received: ping ×16 and 25 more
      step 1: expect inv within="3s"
      connection main
    "#);
}

#[test]
fn the_connection_ends_while_it_is_needed() {
    insta::assert_snapshot!(verdict("handshake; expect inv", &mut at_once(|| vec![say(GetAddr {}), Act::Close])), @"
    fail: the target closed the connection (FIN); received: getaddr
      step 1: handshake
      connection main
    ");
    insta::assert_snapshot!(verdict("wait \"1s\"; connect; wait \"1s\"; send ping; barrier", &mut at_once(|| vec![Act::Reset])), @"
    fail: the target reset the connection (RST)
      step 5: barrier
      connection main
    ");
}

#[test]
fn what_is_sent_to_a_target_that_has_ended_the_connection_goes_nowhere() {
    let steps = "send ping; wait \"1s\"; send ping; close";
    assert_eq!(verdict(steps, &mut at_once(|| vec![Act::Reset])), "pass");
}

#[test]
fn the_target_sends_no_envelope() {
    let mut noisy = at_once(|| {
        vec![
            say(GetAddr {}),
            Act::Raw(b"HTTP/1.1 400 Bad Request".to_vec()),
        ]
    });
    insta::assert_snapshot!(verdict("expect inv", &mut noisy), @"
    fail: the target sent bytes that are not a message: byte 24: found magic 48545450, expected fabfb5da; received: getaddr, an invalid envelope
      step 1: expect inv
      connection main
    ");
}

#[test]
fn the_target_cannot_be_connected_to() {
    let mut player = Player::new(prepare("handshake"), config());
    assert_eq!(player.next_action(), Some(Action::Open(ConnId::Dialled(0))));
    player.handle(
        Input::Refused(ConnId::Dialled(0)),
        std::time::Duration::ZERO,
    );
    assert!(player.is_over());
    insta::assert_snapshot!(player.finish().verdict, @"
    fail: cannot connect to the target
      step 1: handshake
      connection main
    ");
}

#[test]
fn the_target_died() {
    let mut mortal = Peer::honest(|_, message| match message {
        Message::GetAddr(_) => vec![Act::Die],
        _ => Vec::new(),
    });
    let steps = "handshake; send getaddr; disconnect; connection canary { handshake; }";
    insta::assert_snapshot!(verdict(steps, &mut mortal), @"
    fail: the target accepts no more connections
      step 4.1: handshake
      connection canary
    ");
}

#[test]
fn the_target_does_not_dial() {
    let config = PlayConfig {
        target: Role::Dials,
        ..config()
    };
    insta::assert_snapshot!(play_with("handshake", config, &mut honest()).verdict, @"
    fail: the target did not connect in 10 s
      step 1: handshake
      connection main
    ");
}

#[test]
fn the_connection_neither_opens_nor_is_refused() {
    let mut player = Player::new(prepare("handshake"), config());
    let due = player.deadline().unwrap();
    player.handle(Input::Tick, due);
    insta::assert_snapshot!(player.finish().verdict, @"
    fail: cannot connect to the target
      step 1: handshake
      connection main
    ");
}

#[test]
fn a_step_deep_inside_is_found() {
    let steps = "
        handshake
        repeat 2 {
            connection other {
                handshake
                expect-one-of {
                    pass {
                        barrier
                        expect inv inventory=(count)7 within=\"1s\"
                    }
                }
            }
        }";
    insta::assert_snapshot!(verdict(steps, &mut honest()), @r#"
    fail: timed out after 1 s waiting for `inv`; received: getheaders
      step 2.1.2.1.1: expect inv inventory=(count)7 within="1s"
      connection other
    "#);
}

#[test]
fn what_cannot_be_played_is_an_error_of_ours() {
    insta::assert_snapshot!(verdict("handshake; send pong nonce=$theirs", &mut honest()), @"error: step 2, send pong nonce=$theirs: nothing is captured as `theirs`");
    insta::assert_snapshot!(verdict("handshake; close; send ping", &mut honest()), @"error: step 3, send ping: we have ended the connection main");
    insta::assert_snapshot!(verdict("handshake; half-close; barrier", &mut honest()), @"error: step 3, barrier: we have ended the connection main");
    insta::assert_snapshot!(verdict("handshake; connect", &mut honest()), @"error: step 2, connect: the connection main is open");
    insta::assert_snapshot!(verdict("be-honest", &mut honest()), @"error: step 1, be-honest: there is no chain main");
    insta::assert_snapshot!(verdict("connect count=4294967295", &mut honest()), @"error: the play has more than 100000 connections");
    insta::assert_snapshot!(verdict("wait \"2h\"", &mut honest()), @"error: the play takes longer than 3600s");
    let player = Player::new(prepare("wait \"1s\""), config());
    insta::assert_snapshot!(player.finish().verdict, @"error: the play was stopped before its end");
}

#[test]
fn a_failure_is_data() {
    let played = play("handshake; expect inv within=\"1s\"", &mut honest());
    assert!(matches!(&played.verdict, Verdict::Fail(failure) if failure.step.path.places() == [2]));
    let json = serde_json::to_value(&played.verdict).unwrap();
    insta::assert_snapshot!(json, @r#"{"fail":{"connection":{"member":null,"name":"main","number":0},"kind":"timed-out","observed":{"messages":["getheaders"],"more":0,"waited":1.0},"step":{"path":"2","text":"expect inv within=\"1s\""}}}"#);
}
