//! The fast path over headers that all have to meet the same conditions.
//!
//! The rules stay in [`rules`]. What is here only recognises headers that are **surely** valid:
//! over a run of heights where neither the required `bits` nor the lowest version change, a header
//! that repeats the `bits` of the one before it and passes a few comparisons of whole words breaks
//! no rule. Any other is left to [`rules::check`]: the first of a period, a late one under the
//! 20-minute rule, one that breaks a rule. So all errors come from there, and a condition here may
//! be too strict but never too lax.

use ruint::aliases::U256;

use super::params::{Params, ProofOfWork};
use super::rules;
use super::tip::{MAX_MEDIAN_SPAN, Tip};
use crate::hash::Hash256;
use crate::header::{CompactTarget, Header};

/// A header and its hash.
pub(super) type Hashed<'a> = (&'a [u8; Header::SIZE], &'a Hash256);

/// Moves `tip` over the headers that are surely valid at the time `now`, up to the first that needs
/// the full check, which is returned; `None` when there are no more.
pub(super) fn skip_valid<'a>(
    params: &Params,
    tip: &mut Tip,
    headers: &mut impl Iterator<Item = Hashed<'a>>,
    now: u64,
) -> Option<Hashed<'a>> {
    let surely = Surely::after(params, tip, now);
    let mut newest = tip.newest_time();
    let mut count = 0;
    let stopped_at = headers.find(|(header, hash)| {
        let header = Fields::from(*header);
        if count == surely.count || !surely.allows(tip, newest, &header, hash) {
            return true;
        }
        count += 1;
        newest = newest.max(header.time);
        tip.repeat(header.time, **hash);
        false
    });
    tip.add_repeated_work(count);
    stopped_at
}

/// Conditions under which the next headers are surely valid.
#[derive(Debug, Clone, Copy)]
struct Surely {
    /// For how many headers these conditions hold.
    count: u32,
    bits: CompactTarget,
    /// A hash meets the target if its upper half is below that of the target.
    hash_below: u128,
    /// How many seconds a time must be past the median; `None` if there is no such rule.
    past_median: Option<u32>,
    /// The most seconds after the header before: above that, the 20-minute rule applies.
    max_gap: u64,
    latest: u64,
    version: i32,
}

impl Surely {
    fn after(params: &Params, tip: &Tip, now: u64) -> Self {
        let next = tip.height.saturating_add(1);
        let is_steady = repeats_bits(params, tip) && knows_median(params, tip);
        Self {
            count: if is_steady {
                unchanged_heights(params, next)
            } else {
                0
            },
            bits: tip.bits,
            hash_below: match params.proof_of_work {
                None => u128::MAX,
                Some(ProofOfWork::Sha256d) => upper_half(tip.target.to_le_bytes()),
                // This hash proves nothing: each header takes the full check.
                Some(ProofOfWork::Scrypt) => 0,
            },
            past_median: (params.median_time_span > 0).then_some(params.min_seconds_past_median),
            max_gap: params
                .min_difficulty
                .map_or(u64::MAX, |rule| rule.after_seconds.into()),
            latest: params
                .max_future_seconds
                .map_or(u64::MAX, |limit| now.saturating_add(limit.into())),
            version: rules::version_floor(params, next).unwrap_or(i32::MIN),
        }
    }

    /// Whether `header` is valid after `tip`, of whose times none is later than `newest`. `false`
    /// means that the full check has to decide.
    fn allows(&self, tip: &Tip, newest: u32, header: &Fields<'_>, hash: &Hash256) -> bool {
        let time = u64::from(header.time);
        *header.prev_block == tip.hash.0
            && header.bits == self.bits
            && upper_half(hash.0) < self.hash_below
            && self.is_past_median(tip, newest, header.time)
            && time <= u64::from(tip.time).saturating_add(self.max_gap)
            && time <= self.latest
            && header.version >= self.version
    }

    fn is_past_median(&self, tip: &Tip, newest: u32, time: u32) -> bool {
        let Some(seconds) = self.past_median else {
            return true;
        };
        // Most times are past every one of the last 11, and so past their median without counting.
        time.checked_sub(seconds)
            .is_some_and(|time| time >= newest || tip.most_times_are_by(time))
    }
}

/// The fields that the conditions look at. A [`Header`] would copy its hashes, which takes as long
/// as all the comparisons.
struct Fields<'a> {
    version: i32,
    prev_block: &'a [u8],
    time: u32,
    bits: CompactTarget,
}

impl<'a> From<&'a [u8; Header::SIZE]> for Fields<'a> {
    fn from(bytes: &'a [u8; Header::SIZE]) -> Self {
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        Self {
            version: i32::from_le_bytes(word(0)),
            prev_block: &bytes[4..36],
            time: u32::from_le_bytes(word(68)),
            bits: CompactTarget(u32::from_le_bytes(word(72))),
        }
    }
}

/// Whether a header after `tip` must repeat its `bits`, unless it is late.
fn repeats_bits(params: &Params, tip: &Tip) -> bool {
    !params.required_bits || rules::required_bits(params, tip, tip.time) == Some(tip.bits)
}

/// Whether every time that the median is taken over is known. A span that no public network uses
/// takes the slow path.
fn knows_median(params: &Params, tip: &Tip) -> bool {
    matches!(params.median_time_span.into(), 0 | MAX_MEDIAN_SPAN) && tip.all_times_known()
}

/// How many heights from `next` on have no new period and no new version floor.
fn unchanged_heights(params: &Params, next: u32) -> u32 {
    let interval = params.interval();
    let to_boundary = match next % interval {
        0 => 0,
        into_period => interval - into_period,
    };
    let to_floor = params
        .version_floors
        .iter()
        .filter_map(|floor| floor.height.checked_sub(next))
        .filter(|heights| *heights > 0)
        .min();
    to_boundary
        .min(to_floor.unwrap_or(u32::MAX))
        .min(u32::MAX - next)
}

fn upper_half(little_endian: [u8; 32]) -> u128 {
    let [_, _, low, high] = *U256::from_le_bytes(little_endian).as_limbs();
    u128::from(high) << 64 | u128::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows that the fast path is taken at all. The laws in `tests/chain` show that it is right.
    #[test]
    fn only_the_first_headers_and_boundaries_need_the_full_check() {
        let params = Params {
            proof_of_work: None,
            ..Params::mainnet()
        };
        let mut tip = Tip::genesis(&params);
        let mut header = params.genesis;
        let mut fully_checked = Vec::new();
        for height in 1..5_000 {
            header.prev_block = tip.hash;
            header.time += 600;
            header.version = 4;
            header.bits = rules::required_bits(&params, &tip, header.time).unwrap();
            let hash = header.hash();
            let bytes = header.to_bytes();
            let mut one = [(&bytes, &hash)].into_iter();
            if skip_valid(&params, &mut tip, &mut one, u64::MAX).is_some() {
                fully_checked.push(height);
                let checked = rules::check(&params, &tip, &header, hash, u64::MAX);
                tip = checked.unwrap().tip;
            }
            assert_eq!((tip.height, tip.hash), (height, hash));
        }
        assert_eq!(fully_checked, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2_016, 4_032]);
    }

    #[test]
    fn a_run_ends_before_a_boundary_a_floor_and_the_last_height() {
        let mut params = Params::mainnet();
        for (next, expected) in [
            (1, 2_015),
            (2_015, 1),
            (2_016, 0),
            (2_017, 2_015),
            (227_930, 1),
            (227_931, 1_893),
            (u32::MAX, 0),
        ] {
            assert_eq!(unchanged_heights(&params, next), expected, "{next}");
        }
        params.target_timespan = u32::MAX;
        params.target_spacing = 1;
        assert_eq!(unchanged_heights(&params, u32::MAX - 1), 1);
    }
}
