//! Limits that no target and no script can exceed.

use std::time::{Duration, Instant};

use fake_peer_core::message::{GetAddr, GetHeaders, Ping};
use fake_peer_core::{Hash256, Message, Network};
use fake_peer_script::player::{EntryKind, Limits, Note, PlayConfig, Verdict};

use crate::player::peer::{Act, Heard, Peer, after, say};
use crate::player::{config, honest, lines, play, play_with, verdict};

#[test]
fn lying_envelopes_are_noted_and_passed_over() {
    let mut liar = Peer::new(|_, heard| match heard {
        Heard::Opened => {
            let mut bad = Message::from(Ping { nonce: 1 }).to_envelope();
            bad.checksum = Some([0; 4]);
            let mut short = Message::from(GetAddr {}).to_envelope();
            short.command = *b"ping\0\0\0\0\0\0\0\0";
            let mut padded = short.clone();
            padded.command = *b"ping\0x\0\0\0\0\0\0";
            let raw = [bad, short, padded]
                .map(|envelope| envelope.to_bytes(Network::REGTEST.magic))
                .concat();
            vec![Act::Raw(raw), say(Ping { nonce: 2 })]
        }
        _ => Vec::new(),
    });
    let played = play("expect ping", &mut liar);
    insta::assert_snapshot!(lines(&played.transcript), @r#"
    50µs main * opened
    100µs main < ping (32)
    100µs main * Envelope(Checksum { found: [0, 0, 0, 0], expected: [8, 83, 63, 107] })
    100µs main < ping (24)
    100µs main * Malformed(DecodeError { command: "ping", malformed: Malformed { offset: 0, field: FieldPath([Field("nonce")]), kind: Truncated { needed: 8, left: 0 } } })
    100µs main < noise (24)
    100µs main * Envelope(Command(Padding { at: 5, found: 120 }))
    100µs main < ping (32)
    100µs main > pong (32)
    "#);
    assert_eq!(played.verdict, Verdict::Pass { note: None });
}

#[test]
fn bytes_that_are_no_message_are_in_the_transcript_once() {
    let mut noisy = Peer::new(|_, heard| match heard {
        Heard::Opened => {
            let ping = Message::from(Ping { nonce: 2 }).to_envelope();
            let mut bytes = ping.to_bytes(Network::REGTEST.magic);
            bytes.extend(b"noise and so on");
            let later = Act::Raw(b"and more".to_vec());
            vec![Act::Raw(bytes), after(5, later)]
        }
        _ => Vec::new(),
    });
    noisy.cuts = vec![34];
    let played = play("expect ping; wait \"1s\"", &mut noisy);
    let mut end = 0;
    for entry in &played.transcript.entries {
        if let EntryKind::Received { offset, bytes, .. } = &entry.kind {
            assert_eq!(*offset, end, "{entry:?}");
            end += bytes.size;
        }
    }
    assert_eq!(end, 32 + 15 + 8);
    insta::assert_snapshot!(lines(&played.transcript), @"
    50µs main * opened
    100µs main < ping (32)
    100µs main > pong (32)
    100µs main < noise (15)
    100µs main * Lost(V1(Magic { offset: 32, found: [110, 111, 105, 115], expected: [250, 191, 181, 218] }))
    5.1ms main < noise (8)
    ");
}

/// While a script waits on another connection, a target that sends endlessly is not read any more,
/// and nothing that it sent is lost.
#[test]
fn unread_messages_are_bounded() {
    let flood = || {
        Peer::honest(|at, message| match message {
            Message::GetAddr(_) if at == 0 => (0..5_000).map(|nonce| say(Ping { nonce })).collect(),
            _ => Vec::new(),
        })
    };
    let limits = Limits {
        inbox: 10_000,
        ..Limits::default()
    };
    let small = PlayConfig { limits, ..config() };
    let steps = "
        handshake
        barrier
        answer-pings #false
        send getaddr
        connection other { handshake; }
        wait \"1s\"
        expect ping nonce=0
        expect ping nonce=4999
        barrier";
    let played = play_with(steps, small.clone(), &mut flood());
    assert_eq!(played.verdict, Verdict::Pass { note: None });
    let notes = |wanted: &Note| {
        let entries = played.transcript.entries.iter();
        let is_it = |kind: &EntryKind| matches!(kind, EntryKind::Note(note) if note == wanted);
        entries.filter(|entry| is_it(&entry.kind)).count()
    };
    assert!(notes(&Note::InboxFull) >= 1);
    // A barrier after that many messages reads all of them, and notes that not all were kept.
    let steps = "handshake; answer-pings #false; send getaddr; barrier; expect ping nonce=4999";
    let played = play_with(steps, small, &mut flood());
    assert_eq!(played.verdict, Verdict::Pass { note: None });
    assert!(lines(&played.transcript).contains("InboxOverflow"));
}

#[test]
fn a_flood_of_requests_is_answered_in_turns() {
    let mut greedy = Peer::honest(|_, message| match message {
        Message::Verack(_) => (0..200)
            .map(|_| {
                say(GetHeaders {
                    locator: vec![Hash256::ZERO],
                    ..GetHeaders::default()
                })
            })
            .collect(),
        _ => Vec::new(),
    });
    let steps = "chain length=2000\nbe-honest\nwait \"10m\"";
    let played = play(steps, &mut greedy);
    let headers = lines(&played.transcript).matches("> headers").count();
    assert_eq!(
        (played.verdict, headers),
        (Verdict::Pass { note: None }, 201)
    );
}

#[test]
fn the_transcript_keeps_so_much_and_no_more() {
    let limits = Limits {
        entry: 30,
        transcript: 200,
        entries: 12,
        ..Limits::default()
    };
    let config = PlayConfig { limits, ..config() };
    let played = play_with("handshake; repeat 9 { barrier; }", config, &mut honest());
    let kept = played
        .transcript
        .entries
        .iter()
        .map(|entry| match &entry.kind {
            EntryKind::Sent { bytes, .. } | EntryKind::Received { bytes, .. } => bytes.kept().len(),
            _ => 0,
        });
    assert_eq!(
        (kept.clone().max(), kept.sum::<usize>() <= 200),
        (Some(30), true)
    );
    assert_eq!(
        (
            played.transcript.entries.len(),
            played.transcript.left_out > 20
        ),
        (12, true)
    );
}

#[test]
fn a_repeat_takes_no_room_and_comes_to_an_end() {
    let start = Instant::now();
    assert_eq!(
        verdict(
            "repeat 4294967295 { repeat 4294967295 { }; }\nwait \"1s\"",
            &mut honest()
        ),
        "pass"
    );
    let limits = Limits {
        steps: 5_000,
        ..Limits::default()
    };
    let few = PlayConfig { limits, ..config() };
    let played = play_with(
        "connect\nrepeat 4294967295 { ignore ping; }",
        few.clone(),
        &mut honest(),
    );
    insta::assert_snapshot!(played.verdict, @"error: the play has more than 5000 steps");
    let played = play_with(
        "send ping { copies 4294967295; split each=1; }",
        PlayConfig {
            total: Duration::from_millis(5),
            ..few
        },
        &mut Peer::new(|_, _| Vec::new()),
    );
    insta::assert_snapshot!(played.verdict, @"error: the play takes longer than 5ms");
    assert!(start.elapsed() < Duration::from_mins(1));
}

#[test]
fn steps_may_lie_deep() {
    use fake_peer_script::model::{Script, Step};
    use fake_peer_script::player::{Player, Prepared};
    let mut step = Step::Wait(Duration::from_secs(1));
    for _ in 0..300 {
        step = Step::Repeat {
            count: 1,
            steps: vec![step],
        };
    }
    let script = Script {
        steps: vec![step],
        ..Script::default()
    };
    let script = Prepared::new(script, 0, &|_| None).unwrap();
    let mut player = Player::new(script.into(), config());
    fake_peer_machine::memory::run(&mut player, &mut honest());
    assert_eq!(player.finish().elapsed, Duration::from_secs(1));
}

/// The limits apply even if the script was not checked.
#[test]
fn a_play_ends_at_its_limits() {
    let limits = Limits {
        steps: 5_000,
        sent: 1 << 24,
        connections: 200,
        ..Limits::default()
    };
    let config = PlayConfig { limits, ..config() };
    for (steps, error) in [
        (
            "handshake\nsend ping { copies 4294967295; }",
            "error: the play sends more than 16777216 bytes",
        ),
        (
            "handshake\nrepeat 4294967295 { send raw $zeros.1000000; }",
            "error: the play sends more than 16777216 bytes",
        ),
        (
            "repeat 4294967295 { repeat 4294967295 { ignore ping; }; }",
            "error: the play has more than 5000 steps",
        ),
        (
            "connect count=100\nrepeat 100 { ignore ping; }",
            "error: the play has more than 5000 steps",
        ),
        (
            "connect count=4294967295",
            "error: the play has more than 200 connections",
        ),
        (
            "repeat 4294967295 { connect; close; }",
            "error: the play has more than 200 connections",
        ),
        (
            "send inv { inventory { times 4294967295 kind=TX hash=$random.32; }; }",
            "error: step 1, send inv { inventory { times 4294967295 kind=TX hash=$random.32 } }: its values take more than 268435456 bytes of memory",
        ),
    ] {
        let mut verdict = String::new();
        let heap = allocation_counter::measure(|| {
            let played = play_with(steps, config.clone(), &mut honest());
            verdict = played.verdict.to_string();
        });
        assert_eq!(verdict, error, "{steps}");
        assert!(heap.bytes_max < 640 << 20, "{steps}: {heap:?}");
    }
}
