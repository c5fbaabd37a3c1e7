//! Connections that are opened, ended, reopened and used together, and honest ones.

use std::time::Duration;

use fake_peer_core::message::{GetData, GetHeaders, InvItem, InvType, Ping, Services, Verack};
use fake_peer_core::{Hash256, Message, Network};
use fake_peer_script::model::Role;
use fake_peer_script::player::{ConnectionEnd, PlayConfig, Verdict};

use crate::player::peer::{Act, Heard, Peer, after, say};
use crate::player::{config, honest, lines, play, play_with, verdict};

fn dialled() -> PlayConfig {
    PlayConfig {
        target: Role::Dials,
        ..config()
    }
}

#[test]
fn one_that_dials_is_waited_for_and_speaks_first() {
    let mut peer = honest().dialling(1);
    let played = play_with("handshake; barrier", dialled(), &mut peer);
    insta::assert_snapshot!(lines(&played.transcript), @"
    50µs main * opened
    100µs main < version (120)
    100µs main > version (127)
    100µs main > verack (24)
    200µs main < verack (24)
    200µs main > ping (32)
    200µs main < getheaders (93)
    300µs main < pong (32)
    ");
    assert_eq!(played.verdict, Verdict::Pass { note: None });
}

#[test]
fn connections_are_taken_in_the_order_in_which_they_are_needed() {
    let steps = "
        wait \"1s\"
        connection first { handshake; }
        handshake
        connection first { barrier; }";
    let played = play_with(steps, dialled(), &mut honest().dialling(3));
    let names: Vec<_> = played
        .connections
        .iter()
        .map(|one| one.label.to_string())
        .collect();
    assert_eq!(
        (played.verdict, names),
        (
            Verdict::Pass { note: None },
            vec!["first".into(), "main".into()]
        )
    );
}

#[test]
fn each_step_is_done_on_every_connection_of_a_name() {
    let steps = "connection crowd { connect count=3; handshake; barrier; close; }\nwait \"1s\"";
    let mut peer = honest();
    let played = play(steps, &mut peer);
    assert_eq!(played.verdict, Verdict::Pass { note: None });
    let ends: Vec<_> = played
        .connections
        .iter()
        .map(|one| (one.label.to_string(), one.end))
        .collect();
    let ended = ConnectionEnd::EndedByUs;
    let all = ["crowd.0", "crowd.1", "crowd.2"].map(|name| (name.to_owned(), ended));
    assert_eq!(ends, all);
    peer.ends.sort();
    assert_eq!(peer.ends, ["0 Closed", "1 Closed", "2 Closed"]);
}

#[test]
fn a_connection_is_opened_again() {
    let mut peer = honest();
    let played = play(
        "repeat 4 { connect; handshake; barrier; reset; }\nwait \"1s\"",
        &mut peer,
    );
    assert_eq!(played.verdict, Verdict::Pass { note: None });
    assert_eq!(peer.ends, ["0 Reset", "1 Reset", "2 Reset", "3 Reset"]);
}

#[test]
fn half_a_connection_can_still_be_read() {
    let mut peer = Peer::new(|_, heard| match heard {
        Heard::Ended => vec![say(Verack {}), Act::Close],
        _ => Vec::new(),
    });
    assert_eq!(
        verdict(
            "send verack; half-close; expect verack; disconnect how=closed",
            &mut peer
        ),
        "pass"
    );
}

#[test]
fn an_honest_peer_serves_its_chain() {
    let ask = |locator: Vec<Hash256>, stop: Hash256| {
        say(GetHeaders {
            locator,
            stop,
            ..GetHeaders::default()
        })
    };
    let mut peer = Peer::new(move |_, heard| {
        let Heard::Message(message) = heard else {
            return Vec::new();
        };
        match message {
            Message::Version(version) => {
                assert_eq!(version.start_height, 2_100);
                assert_eq!(version.services, PlayConfig::SERVICES);
                vec![
                    say(crate::player::peer::version()),
                    say(Verack {}),
                    ask(vec![Hash256([9; 32])], Hash256::ZERO),
                ]
            }
            Message::Headers(batch) => match batch.headers.as_slice() {
                [] => vec![ask(Vec::new(), Network::REGTEST.params.genesis.hash())],
                [one] if *one == Network::REGTEST.params.genesis => {
                    let item = |kind, hash| InvItem { kind, hash };
                    let inventory = vec![
                        item(InvType::BLOCK, Hash256([9; 32])),
                        item(InvType::TX, one.hash()),
                        item(InvType::CMPCT_BLOCK, one.hash()),
                    ];
                    vec![say(GetData { inventory })]
                }
                [.., last] => vec![ask(vec![last.hash()], Hash256::ZERO)],
            },
            Message::Block(block) => {
                assert_eq!(block.header, Network::REGTEST.params.genesis);
                Vec::new()
            }
            Message::NotFound(missing) => {
                assert_eq!(missing.inventory.len(), 2);
                vec![say(Ping { nonce: 5 })]
            }
            Message::Pong(pong) if pong.nonce == 5 => vec![Act::Close],
            _ => Vec::new(),
        }
    });
    let played = play("chain length=2100\nbe-honest\ndisconnect", &mut peer);
    insta::assert_snapshot!(lines(&played.transcript), @"
    50µs main * opened
    50µs main > version (127)
    150µs main < version (120)
    150µs main > verack (24)
    150µs main < verack (24)
    150µs main < getheaders (93)
    150µs main > headers (162027)
    250µs main < getheaders (93)
    250µs main > headers (8125)
    350µs main < getheaders (93)
    350µs main > headers (25)
    450µs main < getheaders (61)
    450µs main > headers (106)
    550µs main < getdata (133)
    550µs main > block (309)
    550µs main > notfound (97)
    650µs main < ping (32)
    650µs main > pong (32)
    750µs main * closed by the target (FIN)
    ");
    assert_eq!(played.verdict, Verdict::Pass { note: None });
}

#[test]
fn an_honest_peer_answers_what_came_before_it_was_one() {
    let mut peer = Peer::honest(|_, message| match message {
        Message::Headers(_) => vec![after(10, Act::Close)],
        _ => Vec::new(),
    });
    let steps = "chain length=3\nhandshake\nwait \"1s\"\nbe-honest\nconnection other { handshake; barrier; }\ndisconnect";
    assert_eq!(verdict(steps, &mut peer), "pass");
}

#[test]
fn a_target_that_lacks_what_is_required_is_passed_over() {
    insta::assert_snapshot!(verdict("requires role=dials\nhandshake", &mut honest()), @"unsupported: for a target that dials");
    insta::assert_snapshot!(verdict("requires services=\"NETWORK|BLOOM\"\nhandshake", &mut honest()), @"unsupported: the target does not offer BLOOM");
    insta::assert_snapshot!(verdict("requires protocol=70017\nhandshake", &mut honest()), @"unsupported: for protocol 70017 or later; the target has 70016");
    let met = "requires role=listens services=WITNESS protocol=70016\nhandshake";
    assert_eq!(verdict(met, &mut honest()), "pass");
    assert!(
        crate::player::peer::version()
            .services
            .contains(Services::WITNESS)
    );
}

#[test]
fn a_wait_lets_time_pass() {
    let played = play("wait \"20m\"", &mut honest());
    assert_eq!(played.elapsed, Duration::from_mins(20));
}
