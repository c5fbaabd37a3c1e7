//! How a network is printed.

use fake_peer_core::chain::{MinDifficulty, Retarget, VersionFloor};
use fake_peer_core::{Header, Network};
use kdl::KdlNode;

use super::rows::{NO_FLOOR, VERSION_FLOOR};
use crate::text::node::Built;
use crate::text::scalar::{Hex, Off, OrNone, Scalar, Seconds};

/// The node of a network, with everything that differs from its base.
pub(super) fn write(network: &Network) -> KdlNode {
    let base = Network::from_name(network.base).unwrap_or_default();
    let lines = lines(network).into_iter().zip(lines(&base));
    let different = lines.filter(|(line, of_base)| line != of_base);
    Built::new("network")
        .arg(network.name.to_string())
        .prop("base", base)
        .children(different.flat_map(|(line, _)| line))
        .done()
}

/// Everything that the text can express: one or several lines for each property.
fn lines(network: &Network) -> [Vec<KdlNode>; 12] {
    let params = &network.params;
    let line = |node: KdlNode| vec![node];
    [
        line(verb("magic", Hex(network.magic))),
        line(verb("port", network.port)),
        line(genesis(&params.genesis)),
        params
            .proof_of_work
            .into_iter()
            .map(|function| verb("proof-of-work", function))
            .collect(),
        line(verb("pow-limit", Hex(params.pow_limit.to_be_bytes()))),
        line(verb("target-spacing", Seconds(params.target_spacing))),
        line(verb("target-timespan", Seconds(params.target_timespan))),
        line(retarget(params.retarget)),
        line(min_difficulty(params.min_difficulty)),
        line(time("max-future", params.max_future_seconds)),
        line(time("max-timewarp", params.max_timewarp_seconds)),
        version_floors(&params.version_floors),
    ]
}

fn verb(name: &str, value: impl Scalar) -> KdlNode {
    Built::new(name).arg(value).done()
}

fn time(name: &str, seconds: Option<u32>) -> KdlNode {
    verb(name, OrNone(seconds.map(Seconds)))
}

fn min_difficulty(rule: Option<MinDifficulty>) -> KdlNode {
    time("min-difficulty", rule.map(|rule| rule.after_seconds))
}

fn genesis(header: &Header) -> KdlNode {
    Built::new("genesis")
        .prop("version", header.version)
        .prop("merkle_root", header.merkle_root)
        .prop("time", header.time)
        .prop("bits", header.bits)
        .prop("nonce", header.nonce)
        .prop("hash", header.hash())
        .done()
}

fn retarget(rule: Option<Retarget>) -> KdlNode {
    match rule {
        None => verb("retarget", Off),
        Some(rule) => Built::new("retarget")
            .prop("from", rule.measured_from)
            .prop("of", rule.base)
            .prop("clamp", rule.clamp)
            .done(),
    }
}

fn version_floors(floors: &[VersionFloor]) -> Vec<KdlNode> {
    let node = |floor: &VersionFloor| match *floor {
        NO_FLOOR => verb(VERSION_FLOOR, Off),
        VersionFloor { version, height } => Built::new(VERSION_FLOOR)
            .arg(version)
            .prop("from", height)
            .done(),
    };
    let mut distinct = floors.to_vec();
    distinct.dedup();
    distinct.iter().map(node).collect()
}
