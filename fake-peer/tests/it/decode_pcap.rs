//! Network captures of every kind, made packet by packet.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use assert_cmd::cargo::cargo_bin_cmd;
use etherparse::PacketBuilder;
use fake_peer::Network;
use fake_peer::core::Message;
use fake_peer::core::message::{Ping, Pong, Verack};
use fake_peer::decode::text::{Colour, line};
use fake_peer::decode::{Ignored, Options, Piece, Reading, Records};

const FIRST: u32 = u32::MAX - 40;

/// A segment from one side of a connection: the offset of its first byte, and its bytes.
struct Segment<'a> {
    from: SocketAddr,
    to: SocketAddr,
    at: u32,
    syn: bool,
    bytes: &'a [u8],
}

fn v4(last: u8, port: u16) -> SocketAddr {
    (Ipv4Addr::new(10, 0, 0, last), port).into()
}

fn sent(at: u32, bytes: &[u8]) -> Segment<'_> {
    Segment {
        from: v4(1, 1234),
        to: v4(2, 8333),
        at,
        syn: false,
        bytes,
    }
}

/// Returns the packet from the IP header on.
fn ip_packet(segment: &Segment<'_>) -> Vec<u8> {
    let ip = match (segment.from.ip(), segment.to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64),
        _ => panic!("one family"),
    };
    let first = FIRST
        .wrapping_add(segment.at)
        .wrapping_sub(u32::from(segment.syn));
    let tcp = ip.tcp(segment.from.port(), segment.to.port(), first, 1000);
    let tcp = if segment.syn { tcp.syn() } else { tcp.ack(1) };
    let mut packet = Vec::new();
    tcp.write(&mut packet, segment.bytes).unwrap();
    packet
}

/// Returns the start of a packet for a link type.
fn link_header(link: u32, is_v4: bool) -> Vec<u8> {
    let ether_type: [u8; 2] = if is_v4 { [0x08, 0x00] } else { [0x86, 0xdd] };
    match link {
        0 => vec![if is_v4 { 2 } else { 30 }, 0, 0, 0],
        1 => [&[0; 12][..], &ether_type].concat(),
        101 => Vec::new(),
        113 => [&[0; 14][..], &ether_type].concat(),
        276 => [&ether_type[..], &[0; 18]].concat(),
        _ => panic!("unknown link type"),
    }
}

/// A file by <https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap>, a packet each second.
fn pcap(link: u32, segments: &[Segment<'_>]) -> Vec<u8> {
    let mut file = Vec::new();
    for number in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0004_0000, link] {
        file.extend(u32::to_le_bytes(number));
    }
    for (second, segment) in (1_700_000_000_u32..).zip(segments) {
        let packet = [
            link_header(link, segment.from.is_ipv4()),
            ip_packet(segment),
        ]
        .concat();
        let length = u32::try_from(packet.len()).unwrap();
        for number in [second, 500_000, length, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

fn decode(file: &[u8]) -> String {
    let options = Options::default();
    let mut records = Records::open(file, &options).unwrap();
    let mut lines = String::new();
    for record in records.by_ref() {
        let record = record.unwrap();
        let reading = match &record.piece {
            Piece::Message { envelope, .. } => Some(Reading::of(envelope, &options.rules)),
            _ => None,
        };
        writeln!(lines, "{}", line(&record, reading.as_ref(), Colour::Never)).unwrap();
    }
    let ignored = records.ignored();
    if ignored != Ignored::default() {
        writeln!(lines, "{ignored:?}").unwrap();
    }
    lines
}

fn envelope(message: impl Into<Message>) -> Vec<u8> {
    message
        .into()
        .to_envelope()
        .to_bytes(Network::TESTNET4.magic)
}

/// A verack, two pings and a pong: 24, 32, 32 and 32 bytes.
fn stream() -> Vec<u8> {
    let pings = [Ping { nonce: 1 }, Ping { nonce: 2 }]
        .map(envelope)
        .concat();
    [envelope(Verack {}), pings, envelope(Pong { nonce: 3 })].concat()
}

const IN_ORDER: &str = concat!(
    "       0  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    verack             0\n",
    "      24  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=1\n",
);

#[test]
fn every_link_type() {
    let stream = stream();
    for link in [0, 1, 101, 113, 276] {
        let file = pcap(link, &[sent(0, b""), sent(0, &stream[..56])]);
        assert_eq!(decode(&file), IN_ORDER, "link type {link}");
    }
    let unknown = pcap(101, &[sent(0, &stream)]);
    let mut other = unknown.clone();
    other[20] = 147; // LINKTYPE_USER0
    insta::assert_snapshot!(decode(&other), @"Ignored { packets: 1, directions: 0, bytes: 0, early: 0 }");
}

#[test]
fn both_families_both_directions_and_any_port() {
    let (client, server) = ((Ipv6Addr::LOCALHOST, 5), (Ipv6Addr::LOCALHOST, 7));
    let (client, server) = (SocketAddr::from(client), SocketAddr::from(server));
    let (request, answer) = (envelope(Ping { nonce: 1 }), envelope(Pong { nonce: 1 }));
    let file = pcap(
        1,
        &[
            Segment {
                from: client,
                to: server,
                at: 0,
                syn: true,
                bytes: b"",
            },
            Segment {
                from: server,
                to: client,
                at: 0,
                syn: true,
                bytes: b"",
            },
            Segment {
                from: client,
                to: server,
                at: 0,
                syn: false,
                bytes: &request,
            },
            Segment {
                from: server,
                to: client,
                at: 0,
                syn: false,
                bytes: &answer,
            },
            // The same ports again.
            Segment {
                from: client,
                to: server,
                at: 999,
                syn: true,
                bytes: b"",
            },
            Segment {
                from: client,
                to: server,
                at: 999,
                syn: false,
                bytes: &request,
            },
        ],
    );
    insta::assert_snapshot!(decode(&file), @"
    0  2023-11-14T22:13:22.500000Z  [::1]:5 > [::1]:7    ping               8  nonce=1
    0  2023-11-14T22:13:23.500000Z  [::1]:7 > [::1]:5    pong               8  nonce=1
    0  2023-11-14T22:13:25.500000Z  [::1]:5 > [::1]:7    ping               8  nonce=1
    ");
}

#[test]
fn segments_out_of_order_again_and_overlapping() {
    let stream = stream();
    let mut pieces = vec![sent(0, &stream[..1])];
    for (at, end) in [(50, 90), (90, 120), (20, 60), (50, 90), (1, 30), (0, 120)] {
        pieces.push(sent(u32::try_from(at).unwrap(), &stream[at..end]));
    }
    insta::assert_snapshot!(decode(&pcap(101, &pieces)), @"
     0  2023-11-14T22:13:25.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    verack             0
    24  2023-11-14T22:13:25.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=1
    56  2023-11-14T22:13:25.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=2
    88  2023-11-14T22:13:25.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    pong               8  nonce=3
    ");
}

#[test]
fn a_gap() {
    let stream = stream();
    let pieces = [sent(0, &stream[..30]), sent(40, &stream[40..])];
    insta::assert_snapshot!(decode(&pcap(101, &pieces)), @"
     0  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    verack             0
    24  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333  ! skipped 6 bytes: cut off: 6 of 24 bytes are there
    30  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333  ! 10 bytes missing
    40  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333  ! skipped 16 bytes: found magic 08000000, expected that of a known network
    56  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=2
    88  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    pong               8  nonce=3
    ");
}

#[test]
fn a_gap_before_the_first_envelope() {
    let stream = stream();
    let pieces = [sent(0, &stream[..10]), sent(20, &stream[20..])];
    insta::assert_snapshot!(decode(&pcap(101, &pieces)), @"
     0  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333  ! skipped 10 bytes: cut off: 10 of 24 bytes are there
    10  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333  ! 10 bytes missing
    20  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333  ! skipped 4 bytes: found magic 5df6e0e2, expected that of a known network
    24  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=1
    56  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=2
    88  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    pong               8  nonce=3
    ");
    let noise = [sent(0, b"GET / HTTP/1.1"), sent(20, b"Host: localhost")];
    insta::assert_snapshot!(decode(&pcap(101, &noise)), @"Ignored { packets: 0, directions: 1, bytes: 29, early: 0 }");
}

#[test]
fn a_capture_that_starts_inside_a_message() {
    let stream = stream();
    insta::assert_snapshot!(decode(&pcap(101, &[sent(40, &stream[40..])])), @"
     0  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333  ! skipped 16 bytes: found magic 08000000, expected that of a known network
    16  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=2
    48  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    pong               8  nonce=3
    ");
}

#[test]
fn segments_before_the_first_one_seen() {
    let stream = stream();
    let segments = [sent(24, &stream[24..]), sent(0, &stream[..24])];
    let file = pcap(101, &segments);
    insta::assert_snapshot!(decode(&file), @"
           0  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=1
          32  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    ping               8  nonce=2
          64  2023-11-14T22:13:20.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    pong               8  nonce=3
    Ignored { packets: 0, directions: 0, bytes: 0, early: 1 }
    ");
    let mut command = cargo_bin_cmd!("fake-peer");
    let output = command.arg("decode").write_stdin(file).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"error: stdin: 1 TCP segment not read, sent before the first one captured");
}

#[test]
fn other_protocols_are_counted() {
    let web = Segment {
        from: v4(3, 9),
        to: v4(4, 80),
        at: 0,
        syn: false,
        bytes: b"GET / HTTP/1.1\r\n\r\n",
    };
    let stream = stream();
    insta::assert_snapshot!(decode(&pcap(101, &[web, sent(0, &stream[..24])])), @"
           0  2023-11-14T22:13:21.500000Z  10.0.0.1:1234 > 10.0.0.2:8333    verack             0
    Ignored { packets: 0, directions: 1, bytes: 18, early: 0 }
    ");
}

#[test]
fn any_number_of_connections() {
    let addresses = (0..20_000_u16).map(|port| v4(9, port));
    let segments: Vec<_> = addresses
        .map(|from| Segment {
            from,
            to: v4(2, 8333),
            at: 0,
            syn: false,
            bytes: b"noise",
        })
        .collect();
    insta::assert_snapshot!(decode(&pcap(101, &segments)), @"Ignored { packets: 0, directions: 20000, bytes: 100000, early: 0 }");
}
