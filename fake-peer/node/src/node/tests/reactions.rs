//! Compares the reactions of the node with those measured on Bitcoin Core v31, row by row.

use fake_peer_core::chain::Params;
use fake_peer_core::message::{
    Addr, FilterLoad, FilterType, GetCFilters, GetData, GetHeaders, Headers, Inv, InvItem, InvType,
    Mempool, NetAddress, Ping, Pong, SendAddrV2, SendHeaders, Services, TimedAddress, Verack,
    Version, WtxidRelay,
};
use fake_peer_core::wire::RawEnvelope;
use fake_peer_core::{Hash256, Header, Message, Network};
use fake_peer_fixtures::synthetic::{ChainBuilder, Fault};

use crate::harness::{Harness, NOW, chain, lie, raw, wire};

/// When the bytes are sent.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// Before any message.
    First,
    /// After our `version`.
    Greeted,
    /// After the handshake.
    Ready,
}
use When::{First, Greeted, Ready};

/// A row: a name, when the bytes are sent, the bytes, whether the connection stays open, and the
/// commands of the answers, up to the answer to a final ping.
type Row = (&'static str, When, Vec<u8>, bool, &'static [&'static str]);

fn stays(name: &'static str, when: When, bytes: Vec<u8>, replies: &'static [&'static str]) -> Row {
    (name, when, bytes, true, replies)
}

fn ends(name: &'static str, when: When, bytes: Vec<u8>) -> Row {
    (name, when, bytes, false, &[])
}

#[test]
fn the_node_reacts_as_measured_on_bitcoin_core() {
    let rows = [
        envelopes(),
        handshakes(),
        small_messages(),
        headers(),
        lists(),
    ]
    .concat();
    assert_eq!(rows.len(), 62);
    let wrong: Vec<String> = rows.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns how the node differs from a row, with the bytes sent at once and in pieces.
fn differences((name, when, bytes, stays, replies): &Row) -> Vec<String> {
    let whole = vec![&bytes[..]];
    let pieces = bytes.chunks(bytes.len().div_ceil(1_000)).collect();
    let seen = [whole, pieces].map(|pieces| react(*when, pieces));
    let expected = (*stays, replies.join(" "));
    let differs = seen.into_iter().filter(|seen| *seen != expected);
    differs.map(|seen| format!("{name}: {seen:?}")).collect()
}

/// Returns whether the connection stays open, and the commands of the answers.
fn react(when: When, pieces: Vec<&[u8]>) -> (bool, String) {
    let mut harness = Harness::new();
    if when != First {
        harness.say(Harness::version());
    }
    if when == Ready {
        harness.say(Verack {});
    }
    let mut came: Vec<String> = pieces
        .into_iter()
        .flat_map(|piece| harness.bytes(piece))
        .collect();
    if when == Greeted {
        came.extend(harness.say(Verack {}));
    }
    came.extend(harness.say(Ping { nonce: 99 }));
    came.retain(|command| command != "ping");
    (harness.is_open(), came.join(" "))
}

/// The answers after a first valid header.
const NEW: &[&str] = &["sendheaders", "pong"];
const PONG: &[&str] = &["pong"];
const GREETING: &[&str] = &["version", "wtxidrelay", "sendaddrv2", "verack"];
/// The answers after a delayed `verack`.
const AFTER_VERACK: &[&str] = &["sendcmpct", "getheaders", "feefilter", "pong"];

fn envelopes() -> Vec<Row> {
    let ping = Ping { nonce: 1 };
    let other = Network::MAINNET.magic;
    let command = |at: usize, byte: u8| lie(ping, |it| it.command[at] = byte);
    let announced = |length: u32| {
        let bytes = lie(ping, |it| it.length = Some(length));
        bytes[..RawEnvelope::V1_HEADER_SIZE].to_vec()
    };
    vec![
        ends(
            "wrong magic (after handshake)",
            Ready,
            lie(ping, |it| it.magic = Some(other)),
        ),
        ends(
            "wrong magic (1st msg=version)",
            First,
            lie(Harness::version(), |it| it.magic = Some(other)),
        ),
        stays("garbage 64B (1st bytes)", First, vec![0x5a; 64], &[]),
        stays("1st msg ping, right magic", First, wire(ping), &[]),
        stays(
            "bad checksum",
            Ready,
            lie(ping, |it| it.checksum = Some([0; 4])),
            PONG,
        ),
        stays(
            "length 4000000 unknown cmd",
            Ready,
            raw("whatever", vec![0; 4_000_000]),
            PONG,
        ),
        ends("length 4000001 hdr only", Ready, announced(4_000_001)),
        ends("length 0xffffffff hdr only", Ready, announced(u32::MAX)),
        stays("cmd non-NULL padding", Ready, command(11, b'x'), PONG),
        stays("cmd non-ASCII 0x80", Ready, command(0, 0x80), PONG),
        stays("cmd 0x7f", Ready, command(0, 0x7f), PONG),
        stays("cmd control 0x01", Ready, command(0, 1), PONG),
        stays("unknown cmd", Ready, raw("whatever", vec![1]), PONG),
    ]
}

fn handshakes() -> Vec<Row> {
    let with = |change: fn(&mut Version)| {
        let mut version = Harness::version();
        change(&mut version);
        wire(version)
    };
    let payload = Message::from(Harness::version()).payload();
    let trailing = [payload.clone(), vec![0; 100]].concat();
    let headers = Headers { headers: chain(1) };
    vec![
        stays("duplicate version", Ready, wire(Harness::version()), PONG),
        stays("duplicate verack", Ready, wire(Verack {}), PONG),
        stays("verack before version", First, wire(Verack {}), &[]),
        stays(
            "ping before verack",
            Greeted,
            wire(Ping { nonce: 1 }),
            AFTER_VERACK,
        ),
        stays(
            "getheaders before verack",
            Greeted,
            wire(GetHeaders::default()),
            AFTER_VERACK,
        ),
        stays(
            "headers before verack",
            Greeted,
            wire(headers),
            AFTER_VERACK,
        ),
        stays(
            "wtxidrelay before verack (x2)",
            Greeted,
            wire(WtxidRelay {}).repeat(2),
            AFTER_VERACK,
        ),
        ends("version v31799", First, with(|it| it.version = 31_799)),
        ends("version v0", First, with(|it| it.version = 0)),
        ends("version v209 neg -1", First, with(|it| it.version = -1)),
        stays(
            "version trailing 100B",
            First,
            raw("version", trailing),
            GREETING,
        ),
        stays(
            "version truncated 20B",
            First,
            raw("version", payload[..20].to_vec()),
            &[],
        ),
        stays(
            "version UA 257B",
            First,
            with(|it| it.user_agent = "a".repeat(257).as_str().into()),
            &[],
        ),
        stays(
            "version UA 256B",
            First,
            with(|it| it.user_agent = "a".repeat(256).as_str().into()),
            GREETING,
        ),
        stays(
            "version services=0",
            First,
            with(|it| it.services = Services::default()),
            GREETING,
        ),
        ends("wtxidrelay after verack", Ready, wire(WtxidRelay {})),
        ends("sendaddrv2 after verack", Ready, wire(SendAddrV2 {})),
        stays(
            "sendheaders after verack x2",
            Ready,
            wire(SendHeaders {}).repeat(2),
            PONG,
        ),
    ]
}

fn small_messages() -> Vec<Row> {
    let trailing = [1_u64.to_le_bytes().to_vec(), vec![0; 5]].concat();
    vec![
        stays("ping no nonce (v70016)", Ready, raw("ping", vec![]), PONG),
        stays("ping short nonce 4B", Ready, raw("ping", vec![0; 4]), PONG),
        stays(
            "ping trailing bytes",
            Ready,
            raw("ping", trailing),
            &["pong", "pong"],
        ),
        stays("pong unsolicited", Ready, wire(Pong { nonce: 5 }), PONG),
        stays("getaddr trailing", Ready, raw("getaddr", vec![0; 9]), PONG),
        ends("mempool (no bloom)", Ready, wire(Mempool {})),
        ends("filterload (no bloom)", Ready, wire(FilterLoad::default())),
        ends(
            "getcfilters (no cf)",
            Ready,
            wire(GetCFilters {
                filter_type: FilterType::BASIC,
                ..GetCFilters::default()
            }),
        ),
        stays(
            "header split byte by byte",
            Ready,
            wire(Ping { nonce: 1 }),
            &["pong", "pong"],
        ),
    ]
}

fn headers() -> Vec<Row> {
    let send = |headers: &[Header]| {
        wire(Headers {
            headers: headers.to_vec(),
        })
    };
    let payload = |headers: &[Header]| {
        Message::from(Headers {
            headers: headers.to_vec(),
        })
        .payload()
    };
    let one = &chain(1)[..];
    let with_count = |count: u8| {
        let mut bytes = payload(one);
        *bytes.last_mut().unwrap() = count;
        raw("headers", bytes)
    };
    let wide = [vec![0xfd, 1, 0], payload(one)[1..].to_vec()].concat();
    let gap = [chain(1), chain(3)[2..].to_vec()].concat();
    let now = u32::try_from(NOW).unwrap() + 60 * 60;
    let faulty = |fault| {
        let builder = ChainBuilder::new(Params::regtest())
            .now(now)
            .fault(1, fault);
        wire(Headers {
            headers: builder.build(1).unwrap(),
        })
    };
    let unconnecting = || send(&chain(3)[2..]);
    vec![
        stays(
            "headers ok(1)+trailing",
            Ready,
            raw("headers", [payload(one), vec![0; 7]].concat()),
            NEW,
        ),
        stays("headers empty", Ready, send(&[]), PONG),
        stays("headers nonzero txcount=5", Ready, with_count(5), NEW),
        stays(
            "headers truncated",
            Ready,
            raw("headers", payload(one)[..40].to_vec()),
            PONG,
        ),
        stays(
            "headers noncanonical count",
            Ready,
            raw("headers", wide),
            PONG,
        ),
        ends("headers >2000 (2001)", Ready, send(&chain(2_001))),
        ends(
            "headers >2000 count only",
            Ready,
            raw("headers", vec![0xfd, 0xd1, 0x07]),
        ),
        ends("headers non-continuous", Ready, send(&gap)),
        ends("headers bad PoW", Ready, faulty(Fault::ProofOfWork)),
        ends(
            "headers wrong nBits (207ffffe)",
            Ready,
            faulty(Fault::BitsUnexpected),
        ),
        ends(
            "headers time-too-old",
            Ready,
            faulty(Fault::TimeBeforeMedian),
        ),
        stays(
            "headers time-too-new (+3h)",
            Ready,
            faulty(Fault::TimeTooNew),
            PONG,
        ),
        stays("unconnecting headers x1", Ready, unconnecting(), PONG),
        stays(
            "unconnecting headers x50",
            Ready,
            unconnecting().repeat(50),
            PONG,
        ),
        stays(
            "unconnecting headers x1000",
            Ready,
            unconnecting().repeat(1_000),
            PONG,
        ),
    ]
}

fn lists() -> Vec<Row> {
    let addresses = |count| {
        let address = TimedAddress {
            time: 1,
            address: NetAddress::default(),
        };
        wire(Addr {
            addresses: vec![address; count],
        })
    };
    let item = InvItem {
        kind: InvType::BLOCK,
        hash: Hash256([7; 32]),
    };
    let inventory = vec![item; 50_001];
    let locator = |count: usize| {
        let mut locator = vec![Hash256([7; 32]); count];
        locator.extend(Some(Network::REGTEST.params.genesis.hash()).filter(|_| count > 0));
        wire(GetHeaders {
            locator,
            ..GetHeaders::default()
        })
    };
    vec![
        stays("addr 1000", Ready, addresses(1_000), PONG),
        ends("addr 1001", Ready, addresses(1_001)),
        ends(
            "inv 50001",
            Ready,
            wire(Inv {
                inventory: inventory.clone(),
            }),
        ),
        ends("getdata 50001", Ready, wire(GetData { inventory })),
        stays("getheaders locator 0 stop=0", Ready, locator(0), PONG),
        stays(
            "getheaders locator 101",
            Ready,
            locator(100),
            &["headers", "pong"],
        ),
        ends("getheaders locator 102", Ready, locator(101)),
    ]
}
