//! How each verb of a network file is read.

use fake_peer_core::chain::{MinDifficulty, Retarget, VersionFloor};
use fake_peer_core::header::Target;
use fake_peer_core::wire::Bytes;
use fake_peer_core::{Hash256, Header, Network};

use crate::text::node::Reader;
use crate::text::problem::ProblemKind;
use crate::text::scalar::{Hex, Off, OrNone, Seconds};
use crate::text::verb::Row;

/// Reads the values of a verb into the network. Returns `None` if it cannot read them.
pub(super) type ReadRow = fn(&mut Reader<'_>, &mut Draft) -> Option<()>;

/// A network that is being read.
pub(super) struct Draft {
    network: Network,
    /// The version floors so far, if there are any in the file. They replace those of the base.
    floors: Option<Vec<VersionFloor>>,
}

pub(super) const ROWS: &[Row<ReadRow>] = &[
    Row {
        name: "magic",
        about: "the four bytes that start each message, in the order of the wire",
        read: magic,
    },
    Row {
        name: "signet-challenge",
        about: "the script that the blocks of a signet satisfy, which gives the magic (BIP325)",
        read: signet_challenge,
    },
    Row {
        name: "port",
        about: "the TCP port that a node listens on by default",
        read: port,
    },
    Row {
        name: "genesis",
        about: "the header of block 0: the fields that differ, and optionally the hash to compare with",
        read: genesis,
    },
    Row {
        name: "proof-of-work",
        about: "the function whose hash must meet the target: `sha256d` or `scrypt`",
        read: proof_of_work,
    },
    Row {
        name: "pow-limit",
        about: "the easiest target, as 64 hexadecimal digits",
        read: pow_limit,
    },
    Row {
        name: "target-spacing",
        about: "the intended time from block to block",
        read: target_spacing,
    },
    Row {
        name: "target-timespan",
        about: "the intended time of a difficulty period",
        read: target_timespan,
    },
    Row {
        name: "retarget",
        about: "how the difficulty changes from period to period, or `none`",
        read: retarget,
    },
    Row {
        name: "min-difficulty",
        about: "how long after the last block the next may have the easiest target, or `none`",
        read: min_difficulty,
    },
    Row {
        name: "max-future",
        about: "how far a header may be ahead of the time, or `none` for any",
        read: max_future,
    },
    Row {
        name: "max-timewarp",
        about: "how far a period may start before the last one ended (BIP94), or `none` for any",
        read: max_timewarp,
    },
    Row {
        name: VERSION_FLOOR,
        about: "the lowest version from a height on, up to three times, or `none`; those of the base no longer hold",
        read: version_floor,
    },
];

/// The verb that may be repeated.
pub(super) const VERSION_FLOOR: &str = "version-floor";

impl Draft {
    pub(super) fn new(network: Network) -> Self {
        Self {
            network,
            floors: None,
        }
    }

    /// The network, with the version floors of the file if it has any. `r` is its verb, for a
    /// problem of several of its parts together.
    pub(super) fn finish(mut self, r: &Reader<'_>) -> Network {
        let (spacing, timespan) = (
            self.network.params.target_spacing,
            self.network.params.target_timespan,
        );
        if timespan < spacing {
            r.problem(ProblemKind::Value {
                expected: "a period of at least one block",
                reason: Some(format!(
                    "`target-timespan` is {timespan} s, and `target-spacing` is {spacing} s"
                )),
            });
        }
        if let Some(floors) = &self.floors {
            // Repeating the last one changes nothing.
            let last = floors.last().copied().unwrap_or(NO_FLOOR);
            let mut floors = floors.iter().copied().chain(std::iter::repeat(last));
            let all = &mut self.network.params.version_floors;
            for (place, floor) in all.iter_mut().zip(&mut floors) {
                *place = floor;
            }
        }
        self.network
    }
}

fn magic(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let Hex(magic) = r.arg("its four bytes")?;
    draft.network.magic = magic;
    Some(())
}

fn signet_challenge(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let challenge: Bytes = r.arg("the script in hexadecimal")?;
    if challenge.is_empty() {
        r.problem(ProblemKind::Value {
            expected: "a script of at least one byte",
            reason: Some("it is empty".to_owned()),
        });
    }
    if draft.network.base != Network::SIGNET.name {
        r.problem(ProblemKind::Value {
            expected: "`base=signet` for a network with a challenge",
            reason: Some(format!("the base is {}", draft.network.base)),
        });
    }
    draft.network.magic = Network::signet(&challenge).magic;
    Some(())
}

fn port(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    draft.network.port = r.arg("a number")?;
    Some(())
}

/// Fields that are not given are those of the base's header. A hash is only compared.
fn genesis(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let base = draft.network.params.genesis;
    let header = Header {
        version: r.prop("version").unwrap_or(base.version),
        merkle_root: r.prop("merkle_root").unwrap_or(base.merkle_root),
        time: r.prop("time").unwrap_or(base.time),
        bits: r.prop("bits").unwrap_or(base.bits),
        nonce: r.prop("nonce").unwrap_or(base.nonce),
        ..base
    };
    if let Some(expected) = r.prop::<Hash256>("hash")
        && header.hash() != expected
    {
        r.problem(ProblemKind::Value {
            expected: "a header with the hash that is given",
            reason: Some(format!("its hash is {}", header.hash())),
        });
        return None;
    }
    draft.network.params.genesis = header;
    Some(())
}

fn proof_of_work(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    draft.network.params.proof_of_work = Some(r.arg("a function")?);
    Some(())
}

fn pow_limit(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let Hex(bytes) = r.arg("a target of 64 digits")?;
    match Target::from_be_bytes(bytes) {
        Some(target) => draft.network.params.pow_limit = target,
        None => r.problem(ProblemKind::Value {
            expected: "a target that a hash can meet",
            reason: Some("no hash is zero".to_owned()),
        }),
    }
    Some(())
}

fn target_spacing(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let Seconds(seconds) = r.arg("a time")?;
    draft.network.params.target_spacing = seconds;
    Some(())
}

fn target_timespan(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let Seconds(seconds) = r.arg("a time")?;
    draft.network.params.target_timespan = seconds;
    Some(())
}

fn retarget(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    if r.args_left() > 0 {
        let Off = r.arg("`none`")?;
        draft.network.params.retarget = None;
        return Some(());
    }
    let base = draft.network.params.retarget.unwrap_or(Retarget::MAINNET);
    let retarget = Retarget {
        measured_from: r.prop("from").unwrap_or(base.measured_from),
        base: r.prop("of").unwrap_or(base.base),
        clamp: r.prop("clamp").unwrap_or(base.clamp),
        ..base
    };
    if retarget.clamp == 0 {
        r.problem(ProblemKind::Value {
            expected: "`clamp=` of at least 1",
            reason: Some("no target can be divided by 0".to_owned()),
        });
    }
    draft.network.params.retarget = Some(retarget);
    Some(())
}

fn min_difficulty(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let OrNone(after) = r.arg("a time or `none`")?;
    let base = draft.network.params.min_difficulty;
    draft.network.params.min_difficulty = after.map(|Seconds(after_seconds)| MinDifficulty {
        after_seconds,
        ..base.unwrap_or(MinDifficulty::TESTNET)
    });
    Some(())
}

fn max_future(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let OrNone(limit) = r.arg("a time or `none`")?;
    draft.network.params.max_future_seconds = limit.map(|Seconds(limit)| limit);
    Some(())
}

fn max_timewarp(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let OrNone(limit) = r.arg("a time or `none`")?;
    draft.network.params.max_timewarp_seconds = limit.map(|Seconds(limit)| limit);
    Some(())
}

fn version_floor(r: &mut Reader<'_>, draft: &mut Draft) -> Option<()> {
    let floors = draft.floors.get_or_insert_default();
    let OrNone(version) = r.arg("a version or `none`")?;
    let Some(version) = version else {
        return Some(());
    };
    let height = r.needed_prop("from", "its first height `from=`")?;
    let floor = VersionFloor { version, height };
    if floors.len() == MAX_FLOORS {
        r.problem(ProblemKind::Value {
            expected: "at most three version floors",
            reason: Some("one too many".to_owned()),
        });
    } else if !floors.contains(&floor) {
        floors.push(floor);
    }
    Some(())
}

const MAX_FLOORS: usize = 3;

/// A version floor that every version meets.
pub(super) const NO_FLOOR: VersionFloor = VersionFloor {
    version: i32::MIN,
    height: 0,
};
