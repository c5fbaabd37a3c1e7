//! The player over a transport that is unlike v1 in everything.

use std::sync::Arc;

use fake_peer_core::Message;
use fake_peer_core::message::{Ping, Pong};
use fake_peer_core::session;
use fake_peer_core::transport::{FrameContent, MakeTransport, Setup};
use fake_peer_core::wire::Rules;
use fake_peer_fixtures::toy::MakeToy;
use fake_peer_script::model::Role;
use fake_peer_script::player::{PlayConfig, Played};

use crate::player::peer::{Act, Heard, Peer, after, say};
use crate::player::{config, honest, lines, play_with};

fn over_toy() -> PlayConfig {
    PlayConfig {
        transport: Some(Arc::new(MakeToy)),
        ..config()
    }
}

fn play(steps: &str, peer: &mut Peer) -> Played {
    play_with(steps, over_toy(), peer)
}

/// The messages that a target decodes from the first connection of a play.
fn came(peer: &Peer) -> Vec<String> {
    let mut transport = MakeToy.make(&Setup {
        role: session::Role::Inbound,
        magic: [0; 4],
        rules: &Rules::REFERENCE,
        seed: 3,
    });
    transport.push(&peer.bytes(0));
    let mut came = Vec::new();
    while let Ok(Some(frame)) = transport.next_frame() {
        came.push(match frame.content {
            FrameContent::Envelope { command, .. } => command.unwrap().to_string(),
            FrameContent::Control(_) => "control".to_owned(),
        });
    }
    let unread = transport.unread().bytes.len();
    came.extend((unread > 0).then(|| format!("{unread} bytes")));
    came
}

#[test]
fn a_play_waits_for_the_transport_and_then_goes_as_over_v1() {
    let steps = "
        handshake
        barrier
        send ping nonce=7
        expect pong nonce=7";
    let mut peer = honest().over(MakeToy);
    let played = play(steps, &mut peer);
    insta::assert_snapshot!(lines(&played.transcript), @"
    50µs main * opened
    50µs main > control (5)
    150µs main < control (5)
    150µs main < control (10)
    150µs main > control (10)
    150µs main > version (115)
    250µs main < version (108)
    250µs main > verack (11)
    250µs main < verack (11)
    250µs main > ping (17)
    350µs main < getheaders (84)
    350µs main < pong (17)
    350µs main > ping (17)
    450µs main < pong (17)
    ");
    assert_eq!(played.verdict.to_string(), "pass");
    assert_eq!(came(&peer)[..3], ["control", "control", "version"]);
}

#[test]
fn a_target_that_dials_is_answered() {
    let config = PlayConfig {
        target: Role::Dials,
        ..over_toy()
    };
    let mut peer = honest().over(MakeToy).dialling(2);
    let steps = "handshake; connection b { handshake; barrier; }; barrier";
    let played = play_with(steps, config, &mut peer);
    assert_eq!(played.verdict.to_string(), "pass");
}

/// A ping in the same bytes as the end of the transport's handshake is answered.
#[test]
fn a_message_may_come_with_the_end_of_the_handshake() {
    let mut peer = Peer::new(|_, heard| match heard {
        Heard::Opened => vec![say(Ping { nonce: 9 })],
        _ => Vec::new(),
    })
    .over(MakeToy);
    play("expect ping nonce=9; wait \"1s\"", &mut peer);
    assert_eq!(came(&peer), ["control", "control", "pong"]);
}

#[test]
fn delivery_is_about_the_bytes_of_the_transport() {
    let sizes = |delivery: &str| {
        let mut peer = honest().over(MakeToy);
        let steps = format!("handshake\nsend verack {{ {delivery}; }}\nwait \"1h\"");
        play(&steps, &mut peer);
        let sizes: Vec<_> = peer.heard.iter().map(|(_, _, bytes)| bytes.len()).collect();
        (sizes[4..].to_vec(), came(&peer)[4..].join(" "))
    };
    // A verack takes 5 bytes of framing and its name.
    assert_eq!(sizes("copies 1"), (vec![11], "verack".to_owned()));
    assert_eq!(sizes("split 4 10"), (vec![4, 6, 1], "verack".to_owned()));
    assert_eq!(sizes("truncate 10"), (vec![10], "10 bytes".to_owned()));
    let three = "verack verack verack".to_owned();
    assert_eq!(sizes("copies 3"), (vec![11, 11, 11], three));
}

#[test]
fn lies_about_v1_are_not_part_of_the_stream() {
    let mut peer = honest().over(MakeToy);
    let steps = "
        handshake
        send ping nonce=1 { lie magic \"00010203\"; lie checksum \"ffffffff\"; lie command \"pong\"; }
        send ping nonce=2 { lie cut 3; }
        send raw \"0a0b\"
        wait \"1s\"";
    play(steps, &mut peer);
    assert_eq!(came(&peer)[4..], ["pong", "ping", "2 bytes"]);
}

#[test]
fn a_transport_that_never_gets_ready_is_a_failure() {
    let verdict = |mut peer: Peer| play("handshake", &mut peer).verdict.to_string();
    let mute = Peer::new(|_, _| Vec::new());
    insta::assert_snapshot!(verdict(mute), @"
    fail: timed out after 10 s waiting for `handshake`; received: nothing
      step 1: handshake
      connection main
    ");
    let broken = Peer::new(|_, heard| match heard {
        Heard::Opened => vec![after(5, Act::Raw(b"fabfb5da and more".to_vec()))],
        _ => Vec::new(),
    });
    insta::assert_snapshot!(verdict(broken), @"
    fail: the target sent bytes that are not a message: byte 0: expected the greeting of a toy
      step 1: handshake
      connection main
    ");
    let closing = Peer::new(|_, heard| match heard {
        Heard::Opened => vec![after(5, Act::Raw(b"TO".to_vec())), after(6, Act::Close)],
        _ => Vec::new(),
    });
    insta::assert_snapshot!(verdict(closing), @"
    fail: the target closed the connection (FIN)
      step 1: handshake
      connection main
    ");
}

#[test]
fn a_stream_that_breaks_off_is_noted_where_it_does() {
    let mut peer = Peer::honest(|_, message| match message {
        Message::Ping(_) => vec![
            say(Pong { nonce: 0 }),
            say(Ping { nonce: 4 }),
            Act::Raw(vec![0; 3]),
            Act::Close,
        ],
        _ => Vec::new(),
    })
    .over(MakeToy);
    let played = play(
        "handshake; send ping; expect pong nonce=0; expect ping nonce=5",
        &mut peer,
    );
    let lines = lines(&played.transcript);
    let end = lines.lines().skip_while(|line| !line.contains("< pong"));
    insta::assert_snapshot!(end.collect::<Vec<_>>().join("\n"), @r#"
    350µs main < pong (17)
    350µs main < pong (17)
    350µs main < ping (17)
    350µs main > pong (17)
    350µs main < noise (3)
    350µs main * Lost(Broken { offset: 269, expected: "a message or a decoy" })
    "#);
}
