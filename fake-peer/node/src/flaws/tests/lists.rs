//! Scenarios for flaws in counts, addresses, filters and inventories.

use std::time::Duration;

use fake_peer_core::message::{
    Addr, AddrV2, AddressNetwork, AddressV2, FilterAdd, FilterLoad, FilterType, GetAddr,
    GetCFilters, GetData, Headers, Inv, InvItem, InvType, NetAddress, NotFound, OutPoint, Services,
    TimedAddress, Transaction, TxIn, TxOut,
};
use fake_peer_core::{Hash256, Network};

use super::envelope::{ready, replies};
use super::{Scenario, Stage};
use crate::NodeConfig;
use crate::harness::{Harness, raw, wire};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("non-minimal-compact-size-accepted", |it| {
        replies(it, &raw("getheaders", wide_locator()))
    }),
    ("merkleblock-count-reserved", |it| {
        replies(it, &raw("merkleblock", counted(84, u64::MAX)))
    }),
    ("list-count-reserved", |it| {
        replies(it, &raw("block", counted(80, 1 << 32)))
    }),
    ("locator-count-reserved", |it| {
        replies(it, &raw("getheaders", counted(4, u32::MAX.into())))
    }),
    ("addr-count-reserved", |it| {
        replies(it, &raw("addr", counted(0, 1 << 32)))
    }),
    ("addr-limit-missing", |it| {
        replies(it, &wire(addresses(1_001)))
    }),
    ("addr-rate-limit-missing", |it| {
        let mut harness = ready(it);
        harness.say(addresses(100));
        sent_addresses(&mut harness)
    }),
    ("addrv2-unknown-network-crashes", |it| {
        replies(it, &wire(v2(AddressNetwork(99), vec![0; 20])))
    }),
    ("addrv2-wrapped-ipv4-accepted", |it| {
        let mut harness = ready(it);
        let wrapped = [&[0; 10][..], &[0xff; 2], &[1, 2, 3, 4]].concat();
        harness.say(v2(AddressNetwork::IPV6, wrapped));
        sent_addresses(&mut harness)
    }),
    ("addrv2-length-limit-missing", |it| {
        let mut harness = ready(it);
        harness.wait(Duration::from_secs(30));
        let mut message = v2(AddressNetwork(99), vec![0; 513]);
        message
            .addresses
            .extend(v2(AddressNetwork::IPV4, vec![1; 4]).addresses);
        harness.say(message);
        sent_addresses(&mut harness)
    }),
    ("empty-filter-divides-by-zero", |it| {
        let add = FilterAdd {
            data: vec![0].into(),
        };
        replies(it, &[wire(FilterLoad::default()), wire(add)].concat())
    }),
    ("getcfilters-without-index-crashes", |it| {
        let filter_type = FilterType::BASIC;
        replies(
            it,
            &wire(GetCFilters {
                filter_type,
                ..GetCFilters::default()
            }),
        )
    }),
    ("inv-limit-missing", |it| {
        replies(it, &wire(inv(InvType::BLOCK, 50_001)))
    }),
    ("inv-answered-block-by-block", |it| {
        replies(it, &wire(inv(InvType::BLOCK, 3)))
    }),
    ("inv-blocks-ignored", |it| {
        let mut harness = ready(it);
        harness.say(Headers::default());
        harness.say(inv(InvType::BLOCK, 3)).join(" ")
    }),
    ("announcements-unbounded", |it| {
        let mut harness = recent(it).ready(Harness::full_node());
        harness.say(inv(InvType::TX, 6_000));
        let mut asked = 0;
        for _ in 0..100 {
            harness.wait(Duration::from_secs(2));
            let requests = harness.all::<GetData>();
            let inventory: Vec<_> = requests.into_iter().flat_map(|it| it.inventory).collect();
            let new = inventory[asked..].to_vec();
            asked = inventory.len();
            harness.say(NotFound { inventory: new });
        }
        format!(
            "asks for {}",
            harness
                .all::<GetData>()
                .iter()
                .map(|it| it.inventory.len())
                .sum::<usize>()
        )
    }),
    ("withheld-transaction-censors", |it| {
        let mut harness = recent(it).ready(Harness::full_node());
        harness.say(inv(InvType::TX, 1));
        harness.wait(Duration::from_secs(3));
        harness.connect_as(Harness::full_node());
        harness.say(inv(InvType::TX, 1));
        harness.wait(Duration::from_mins(2));
        format!("asks the other {} times", harness.all::<GetData>().len())
    }),
    ("getdata-unknown-type-hangs", |it| {
        replies(it, &wire(getdata(InvType(99))))
    }),
    ("getdata-waits-forever", |it| {
        replies(it, &wire(getdata(InvType::TX)))
    }),
    ("notfound-missing", |it| {
        replies(it, &wire(getdata(InvType::TX)))
    }),
];

/// Connects to a node whose tip is recent, so that it handles transactions.
pub(super) fn recent(stage: Stage) -> Harness {
    let time = u64::from(stage.behaviour.params.genesis.time) + 60 * 60;
    Harness::to(NodeConfig::new(stage.behaviour, time))
}

/// Requests addresses on another connection. Returns how many were sent.
fn sent_addresses(harness: &mut Harness) -> String {
    harness.connect_as(Harness::version());
    harness.say(GetAddr {});
    let count: usize = harness
        .all::<Addr>()
        .iter()
        .map(|it| it.addresses.len())
        .sum();
    format!("sends {count}")
}

/// Returns a payload of zeros followed by a count, without the items that it counts.
fn counted(zeros: usize, count: u64) -> Vec<u8> {
    let mut payload = vec![0; zeros];
    payload.push(0xff);
    payload.extend(count.to_le_bytes());
    // A count that fits into fewer bytes would be refused as non-minimal.
    if let Ok(count) = u32::try_from(count) {
        payload.truncate(zeros);
        payload.push(0xfe);
        payload.extend(count.to_le_bytes());
    }
    payload
}

/// Returns a `getheaders` whose locator has one hash and a count of three bytes.
fn wide_locator() -> Vec<u8> {
    let genesis = Network::REGTEST.params.genesis.hash();
    [&[0; 4][..], &[0xfd, 1, 0], &genesis.0, &[0; 32]].concat()
}

fn addresses(count: u32) -> Addr {
    let address = |n: u32| TimedAddress {
        time: 1,
        address: NetAddress {
            services: Services::NETWORK,
            ip: std::net::Ipv4Addr::from(0x0102_0000 + n).to_ipv6_mapped(),
            port: 8333,
        },
    };
    Addr {
        addresses: (0..count).map(address).collect(),
    }
}

fn v2(network: AddressNetwork, address: Vec<u8>) -> AddrV2 {
    let address = AddressV2 {
        time: 1,
        services: Services::NETWORK,
        network,
        address: address.into(),
        port: 8333,
    };
    AddrV2 {
        addresses: vec![address],
    }
}

fn item(kind: InvType, hash: Hash256) -> InvItem {
    InvItem { kind, hash }
}

/// Returns an inventory of unknown hashes.
fn inv(kind: InvType, count: u32) -> Inv {
    let hash = |n: u32| {
        let mut hash = Hash256([9; 32]);
        hash.0[..4].copy_from_slice(&n.to_le_bytes());
        hash
    };
    Inv {
        inventory: (0..count).map(|n| item(kind, hash(n))).collect(),
    }
}

fn getdata(kind: InvType) -> GetData {
    GetData {
        inventory: inv(kind, 1).inventory,
    }
}

pub(crate) fn transaction() -> Transaction {
    let input = TxIn {
        previous_output: OutPoint {
            txid: Hash256([1; 32]),
            vout: 0,
        },
        script_sig: vec![0; 20].into(),
        ..TxIn::default()
    };
    let output = TxOut {
        value: 1,
        script_pubkey: vec![0x51].into(),
    };
    Transaction {
        inputs: [input].into(),
        outputs: [output].into(),
        ..Transaction::default()
    }
}
