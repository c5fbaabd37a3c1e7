use fake_peer_core::Message;
use fake_peer_core::message::{
    FeeFilter, GetData, Inv, InvItem, InvType, Ping, Pong, Verack, Version,
};

use super::*;
use crate::record::Recording;
use crate::script::{check, text};

const DIALLER: Side = Side::Dialler;
const LISTENER: Side = Side::Listener;

/// A recording that is built by hand.
struct Talk {
    recording: Recording,
    at: Duration,
}

impl Talk {
    fn new() -> Self {
        let mut recording = Recording::new(1 << 20);
        recording.opened(Duration::ZERO);
        Self {
            recording,
            at: Duration::ZERO,
        }
    }

    fn later(mut self, millis: u64) -> Self {
        self.at += Duration::from_millis(millis);
        self
    }

    fn says(self, from: Side, message: impl Into<Message>) -> Self {
        let envelope = message.into().to_envelope();
        self.bytes(0, from, &envelope.to_bytes(Network::REGTEST.magic))
    }

    fn bytes(mut self, connection: u32, from: Side, bytes: &[u8]) -> Self {
        self.recording.bytes(self.at, connection, from, bytes);
        self
    }

    fn ends(mut self, from: Side, end: End) -> Self {
        self.recording.ended(self.at, 0, from, end);
        self
    }

    /// The steps of the script that plays a side, as text.
    fn steps(self, plays: Side) -> String {
        let writing = Writing {
            name: "talk".to_owned(),
            about: None,
            network: None,
            pauses: Writing::PAUSES,
        };
        let script = self.recording.finish().script(plays, &writing);
        assert_eq!(check::check(&script), []);
        let text = text::print(&script);
        assert_eq!(text::parse(&text).unwrap().script, script);
        let (_, steps) = text.split_once("requires").unwrap();
        let (_, steps) = steps.split_once('\n').unwrap();
        steps.trim_end().trim_end_matches('}').trim_end().to_owned()
    }
}

fn handshake() -> Talk {
    let version = |nonce| Version {
        nonce,
        timestamp: 1_795_000_000,
        start_height: 7,
        ..Version::default()
    };
    Talk::new()
        .says(DIALLER, version(1))
        .says(LISTENER, version(2))
        .says(LISTENER, Verack {})
        .says(DIALLER, Verack {})
}

#[test]
fn values_that_differ_between_runs_are_left_out() {
    let talk = || {
        handshake()
            .says(LISTENER, Ping { nonce: 11 })
            .says(LISTENER, FeeFilter { fee_rate: 1000 })
            .says(DIALLER, Pong { nonce: 11 })
            .says(DIALLER, Ping { nonce: 12 })
            .says(LISTENER, Pong { nonce: 12 })
            .ends(LISTENER, End::Reset)
    };
    insta::assert_snapshot!(talk().steps(DIALLER), @r#"
    connect
    answer-pings #false
    send version services="" start_height=7
    expect version version=70016
    expect verack
    send verack
    expect ping {
        capture nonce as=ping1
    }
    send pong nonce=$ping1
    send ping nonce=12
    expect pong nonce=12
    disconnect
    "#);
    insta::assert_snapshot!(talk().steps(LISTENER), @r#"
    connect
    answer-pings #false
    expect version version=70016
    send version services="" start_height=7
    send verack
    expect verack
    send ping nonce=11
    send feefilter fee_rate=1000
    expect pong nonce=11
    expect ping {
        capture nonce as=ping1
    }
    send pong nonce=$ping1
    reset
    "#);
}

#[test]
fn unprompted_messages_are_expected_only_if_we_answered_them() {
    let inv = |byte| Inv {
        inventory: vec![InvItem {
            kind: InvType::TX,
            hash: fake_peer_core::Hash256([byte; 32]),
        }],
    };
    let getdata = GetData {
        inventory: inv(2).inventory,
    };
    let talk = Talk::new()
        .says(LISTENER, inv(1))
        .says(LISTENER, Ping { nonce: 1 })
        .says(LISTENER, inv(2))
        .says(DIALLER, getdata)
        .says(LISTENER, inv(3));
    insta::assert_snapshot!(talk.steps(DIALLER), @r#"
    connect
    answer-pings #false
    expect inv
    send getdata {
        inventory kind=TX hash="0202020202020202020202020202020202020202020202020202020202020202"
    }
    "#);
}

#[test]
fn long_pauses_are_repeated() {
    let talk = Talk::new()
        .later(999)
        .says(DIALLER, Ping { nonce: 1 })
        .later(1234)
        .says(LISTENER, Ping { nonce: 2 })
        .later(60_000)
        .says(DIALLER, Ping { nonce: 3 })
        .later(20_000)
        .says(LISTENER, Pong { nonce: 1 });
    insta::assert_snapshot!(talk.steps(DIALLER), @r#"
    connect
    answer-pings #false
    send ping nonce=1
    wait "1m 1s 200ms"
    send ping nonce=3
    expect pong nonce=1 within="30s"
    "#);
}

#[test]
fn a_connection_ends_as_it_did() {
    let start = || Talk::new().says(DIALLER, Ping { nonce: 1 });
    let heard = || {
        start()
            .ends(DIALLER, End::Closed)
            .says(LISTENER, Pong { nonce: 1 })
    };
    let last = |talk: Talk, count: usize| {
        let steps = talk.steps(DIALLER);
        let lines: Vec<_> = steps.lines().map(str::trim).collect();
        lines[lines.len() - count..].join("; ")
    };
    let closed = || start().ends(DIALLER, End::Closed);
    assert_eq!(last(closed(), 1), "close");
    assert_eq!(last(closed().ends(LISTENER, End::Closed), 1), "close");
    assert_eq!(last(heard(), 2), "half-close; expect pong nonce=1");
    assert_eq!(
        last(heard().ends(LISTENER, End::Closed), 3),
        "half-close; expect pong nonce=1; disconnect"
    );
    assert_eq!(last(start().ends(DIALLER, End::Reset), 1), "reset");
    let theirs = start().ends(LISTENER, End::Closed);
    assert_eq!(last(theirs.ends(DIALLER, End::Closed), 1), "disconnect");
    let too_late = start().ends(LISTENER, End::Closed);
    assert_eq!(
        last(too_late.says(DIALLER, Ping { nonce: 2 }), 1),
        "disconnect"
    );
}

#[test]
fn bytes_without_a_message_are_sent_raw() {
    let mut talk = Talk::new().bytes(0, DIALLER, b"GET / HTTP/1.1\r\n");
    let second = talk.recording.opened(talk.at);
    let talk = talk
        .bytes(second, DIALLER, &[0xfa, 0xbf, 0xb5, 0xda, b'p'])
        .bytes(second, LISTENER, b"noise")
        .ends(LISTENER, End::Closed);
    insta::assert_snapshot!(talk.steps(DIALLER), @r#"
    connect
    send raw "474554202f20485454502f312e310d0a"
    connection c2 {
        connect
        send raw "fabfb5da70"
    }
    disconnect
    "#);
}
