//! How bytes are sent.

use std::time::Duration;

use fake_peer_core::message::{Ping, Pong};
use fake_peer_core::{Message, Network};
use fake_peer_script::player::EntryKind;

use crate::player::peer::{Heard, Peer, say};
use crate::player::{honest, play, verdict};

/// The sizes and the times of the pieces that arrived, in milliseconds.
fn pieces(steps: &str) -> Vec<(u128, usize)> {
    let mut peer = honest();
    play(&format!("{steps}\nwait \"1h\""), &mut peer);
    let pieces = peer.heard.iter();
    pieces
        .map(|(at, _, bytes)| (at.as_millis(), bytes.len()))
        .collect()
}

#[test]
fn bytes_are_cut_at_offsets_and_into_pieces() {
    assert_eq!(pieces("send verack"), [(0, 24)]);
    assert_eq!(
        pieces("send verack { split 4 20; }"),
        [(0, 4), (0, 16), (0, 4)]
    );
    assert_eq!(
        pieces("send verack { split 4 20 pause=\"20ms\"; }"),
        [(0, 4), (20, 16), (40, 4)]
    );
    assert_eq!(
        pieces("send verack { split each=10 pause=\"1s\"; }"),
        [(0, 10), (1_000, 10), (2_000, 4)]
    );
    assert_eq!(pieces("send verack { split each=1; }").len(), 24);
}

#[test]
fn each_block_is_a_message_that_is_delivered_so() {
    let blocks = "chain length=2\nhandshake\nsend block from=1 count=2";
    let sent = |delivery: &str| {
        let pieces = pieces(&format!("{blocks} {{ {delivery} }}"));
        pieces[pieces.len() - 4..].to_vec()
    };
    // The envelope's 24 bytes, the header's 80, the count and the coinbase.
    assert_eq!(sent("copies 2"), [(0, 176); 4]);
    assert_eq!(
        sent("split 24 pause=\"1s\""),
        [(0, 24), (1_000, 152), (2_000, 24), (3_000, 152)]
    );
    assert_eq!(sent("truncate 30")[2..], [(0, 30); 2]);
}

#[test]
fn bytes_are_truncated_and_copied() {
    assert_eq!(pieces("send ping { truncate 30; }"), [(0, 30)]);
    assert_eq!(pieces("send ping { truncate 300; }"), [(0, 32)]);
    assert_eq!(pieces("send verack { copies 3; }"), [(0, 24); 3]);
    assert_eq!(
        pieces("send verack { copies 2; split each=20 pause=\"1s\"; }"),
        [(0, 20), (1_000, 4), (2_000, 20), (3_000, 4)]
    );
    assert_eq!(pieces("send verack { truncate 0; }"), []);
}

#[test]
fn lies_and_raw_bytes_go_out_as_they_are() {
    let mut peer = honest();
    let steps = "
        send ping nonce=1 { lie magic \"00010203\"; lie length 7; lie checksum \"ffffffff\"; }
        send raw \"0a0b\" $zeros.2 $random.3 (file)\"crash.bin\"
        wait \"1s\"";
    play(steps, &mut peer);
    let bytes = const_hex::encode(peer.bytes(0));
    insta::assert_snapshot!(bytes, @"0001020370696e67000000000000000007000000ffffffff01000000000000000a0b00005ac389010203");
}

#[test]
fn headers_of_a_chain_are_sent() {
    let mut peer = Peer::honest(|_, message| match message {
        Message::Headers(batch) if batch.headers.len() == 3 => vec![say(Ping { nonce: 3 })],
        _ => Vec::new(),
    });
    let steps = "chain length=5\nhandshake\nsend headers from=2 count=3\nexpect ping nonce=3";
    assert_eq!(verdict(steps, &mut peer), "pass");
}

#[test]
fn now_is_the_time_since_the_start() {
    let mut peer = Peer::new(|_, heard| match heard {
        Heard::Message(Message::Ping(ping)) => vec![say(Pong { nonce: ping.nonce })],
        _ => Vec::new(),
    });
    let steps = "wait \"90s\"; send ping nonce=$now+10; expect pong nonce=1795000100";
    assert_eq!(verdict(steps, &mut peer), "pass");
}

/// A pong inside of a message would be part of it.
#[test]
fn pings_are_answered_between_messages() {
    let mut peer = Peer::new(|_, heard| match heard {
        Heard::Opened => vec![crate::player::peer::after(50, say(Ping { nonce: 8 }))],
        _ => Vec::new(),
    });
    play(
        "send verack { split each=20 pause=\"1s\"; }\nwait \"1s\"",
        &mut peer,
    );
    let magic = Network::REGTEST.magic;
    let expected: Vec<u8> = [
        Message::from(fake_peer_core::message::Verack {}),
        Message::from(Pong { nonce: 8 }),
    ]
    .iter()
    .flat_map(|message| message.to_envelope().to_bytes(magic))
    .collect();
    assert_eq!(peer.bytes(0), expected);
}

/// A pong after a message that never ends would be part of it too.
#[test]
fn nothing_is_answered_behind_a_truncated_message() {
    let pinging = || {
        Peer::new(|_, heard| match heard {
            Heard::Opened => vec![crate::player::peer::after(50, say(Ping { nonce: 8 }))],
            _ => Vec::new(),
        })
    };
    let mut peer = pinging();
    play("send ping { truncate 30; }\nwait \"1s\"", &mut peer);
    assert_eq!(peer.bytes(0).len(), 30);
    let mut peer = pinging();
    play(
        "send ping { truncate 30; }\nanswer-pings #true\nwait \"1s\"",
        &mut peer,
    );
    assert_eq!(peer.bytes(0).len(), 62);
}

#[test]
fn the_transcript_has_what_went_out() {
    let mut peer = Peer::new(|_, heard| match heard {
        Heard::Opened => vec![crate::player::peer::after(
            1_500,
            crate::player::peer::Act::Reset,
        )],
        _ => Vec::new(),
    });
    let played = play(
        "send verack { split each=10 pause=\"1s\"; }\nsend ping\nwait \"1s\"",
        &mut peer,
    );
    let sent = played
        .transcript
        .entries
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::Sent { bytes, .. } => Some((bytes.size, bytes.kept().len())),
            _ => None,
        });
    assert_eq!(sent.collect::<Vec<_>>(), [(20, 20)]);
    assert!(played.elapsed >= Duration::from_millis(2_500));
}
