//! Laws that hold whatever the target does: the same seed gives the same play, and it does not
//! matter how bytes are split.

use std::time::Instant;

use fake_peer_core::Message;
use fake_peer_core::message::{FeeFilter, GetAddr, Ping, SendHeaders};
use fake_peer_script::player::{PlayConfig, Player};
use proptest::prelude::*;

use crate::player::peer::{Act, Peer, say};
use crate::player::{config, honest, play, play_with, prepare};

const STEPS: &str = r#"
    chain length=10
    handshake user_agent="/me/" {
        offer wtxidrelay sendaddrv2
    }
    expect getheaders
    ignore ping
    send headers from=1 count=5
    send inv { inventory { times 3 kind=TX hash=$random.32; }; }
    barrier
    send getaddr
    expect-one-of within="2s" {
        pass "feefilter" {
            expect feefilter
            silence for="1s"
        }
        weaker "barrier" {
            barrier
        }
        fail "ends" {
            disconnect
        }
    }
    expect sendheaders within="1s"
"#;

/// What a target may do when addresses are requested from it.
fn acts() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0_u8..6, 0..6)
}

fn target(acts: Vec<u8>, cuts: Vec<usize>) -> Peer {
    let mut peer = Peer::honest(move |_, message| match message {
        Message::GetAddr(_) => acts
            .iter()
            .map(|act| match act {
                0 => say(FeeFilter { fee_rate: 1 }),
                1 => say(SendHeaders {}),
                2 => say(Ping { nonce: 1 }),
                3 => say(GetAddr {}),
                4 => Act::Raw(b"noise, not a message".to_vec()),
                _ => Act::Close,
            })
            .collect(),
        _ => Vec::new(),
    });
    peer.cuts = cuts;
    peer
}

proptest! {
    #[test]
    fn cuts_make_no_difference(acts in acts(), cuts in proptest::collection::vec(1_usize..60, 1..8)) {
        let mut whole = target(acts.clone(), Vec::new());
        let mut cut = target(acts, cuts);
        let (whole_play, cut_play) = (play(STEPS, &mut whole), play(STEPS, &mut cut));
        prop_assert_eq!(whole_play.verdict, cut_play.verdict);
        prop_assert_eq!(whole.bytes(0), cut.bytes(0));
    }

    #[test]
    fn the_same_seed_gives_the_same_play(seed: u64, acts in acts()) {
        let config = || PlayConfig { seed, ..config() };
        let first = play_with(STEPS, config(), &mut target(acts.clone(), Vec::new()));
        let second = play_with(STEPS, config(), &mut target(acts, Vec::new()));
        prop_assert_eq!(first, second);
    }
}

#[test]
fn another_seed_gives_other_bytes() {
    let bytes = |seed| {
        let mut peer = honest();
        play_with(
            "send ping; wait \"1s\"",
            PlayConfig { seed, ..config() },
            &mut peer,
        );
        peer.bytes(0)
    };
    assert_ne!(bytes(1), bytes(2));
    assert_eq!(bytes(3), bytes(3));
}

/// The requirement is 5,000 scripts of ten steps a second, including the target.
#[test]
#[ignore = "a measurement: run it with --release and --nocapture"]
fn plays_a_second() {
    let script = prepare(
        "chain length=10\nhandshake\nexpect getheaders\nsend headers from=1 count=10\nbarrier\n\
         send inv { inventory kind=TX hash=$random.32; }\nsend ping\nexpect pong\nignore ping\n\
         barrier\nclose",
    );
    let (start, count) = (Instant::now(), 20_000_u32);
    for seed in 0..count.into() {
        let mut player = Player::new(script.clone(), PlayConfig { seed, ..config() });
        fake_peer_machine::memory::run(&mut player, &mut honest());
        assert_eq!(player.finish().verdict.to_string(), "pass");
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    println!("{rate:.0} plays a second");
    assert!(rate > 5_000.0, "{rate} plays a second");
}
