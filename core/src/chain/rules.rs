//! The rules: pure functions of the parameters, the tip, the header and the time.
//!
//! Cheap and specific rules are checked before expensive ones: link, bits, proof of work, times,
//! version. Bitcoin Core checks proof of work before the link, because that makes invalid headers
//! expensive to send; from then on the order is the same. So the two differ only in the rule they
//! name for a header that breaks several. A peer can notice that only where a session treats a
//! header that does not connect differently from one without proof of work.

use super::error::{HeaderError, Violation};
use super::params::{
    MeasuredFrom, MinDifficulty, OnBadBits, Params, ProofOfWork, Retarget, RetargetBase,
};
use super::tip::Tip;
use crate::hash::Hash256;
use crate::header::{CompactError, CompactTarget, Header, Target};

/// A header that broke no rule, and whether the earlier headers that two rules need were known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) tip: Tip,
    pub(super) bits_known: bool,
    pub(super) median_known: bool,
}

/// Checks `header`, whose hash is `hash`, as the one after `tip` at the time `now`.
pub(super) fn check(
    params: &Params,
    tip: &Tip,
    header: &Header,
    hash: Hash256,
    now: u64,
) -> Result<Checked, HeaderError> {
    let height = tip.height.saturating_add(1);
    let run = || {
        link(tip, header)?;
        let target = target_in_range(params, Some(tip), header)?;
        let bits_known = required_bits_met(params, tip, header)?;
        proof_of_work(params, target, header, hash)?;
        let median_known = past_median(params, tip, header)?;
        no_time_warp(params, tip, header)?;
        not_too_new(params, header, now)?;
        version(params, height, header)?;
        Ok(Checked {
            tip: tip.next(params, header, hash, target),
            bits_known,
            median_known,
        })
    };
    run().map_err(|violation| HeaderError {
        height: Some(height),
        hash,
        violation,
    })
}

/// Applies the rules that need no earlier headers.
pub(super) fn check_anchor(
    params: &Params,
    height: u32,
    header: &Header,
) -> Result<Tip, HeaderError> {
    let hash = header.hash();
    let run = || {
        let target = target_in_range(params, None, header)?;
        proof_of_work(params, target, header, hash)?;
        version(params, height, header)?;
        Ok(Tip::anchor(params, height, header, hash, target))
    };
    run().map_err(|violation| HeaderError {
        height: Some(height),
        hash,
        violation,
    })
}

/// The `bits` of the header after `tip` if its time is `time` (`GetNextWorkRequired`); `None` if
/// that depends on a header before the anchor.
pub(super) fn required_bits(params: &Params, tip: &Tip, time: u32) -> Option<CompactTarget> {
    let boundary = params.is_boundary(tip.height.saturating_add(1));
    if let Some(rule) = params.min_difficulty
        && (!boundary || rule.at_boundary)
    {
        if is_late(rule, tip, time) {
            return Some(params.pow_limit.to_compact());
        }
        if !boundary && rule.walk_back {
            return tip.real_bits;
        }
    }
    match params.retarget {
        Some(retarget) if boundary => retargeted(params, retarget, tip),
        _ => Some(tip.bits),
    }
}

fn is_late(rule: MinDifficulty, tip: &Tip, time: u32) -> bool {
    u64::from(time) > u64::from(tip.time) + u64::from(rule.after_seconds)
}

/// `CalculateNextWorkRequired`.
fn retargeted(params: &Params, retarget: Retarget, tip: &Tip) -> Option<CompactTarget> {
    let first = tip.period?;
    let start = match retarget.measured_from {
        MeasuredFrom::FirstOfPeriod => first.time,
        MeasuredFrom::LastOfPrevious => first.time_before.unwrap_or(first.time),
    };
    let base = match retarget.base {
        RetargetBase::LastBlock => tip.target,
        RetargetBase::FirstBlock => Target::try_from(first.bits).unwrap_or(params.pow_limit),
    };
    let timespan = u64::from(params.target_timespan);
    let clamp = u64::from(retarget.clamp.max(1));
    // A period may end before it started: times only have to pass a median.
    let actual =
        u64::from(tip.time.saturating_sub(start)).clamp(timespan / clamp, timespan * clamp);
    let mut target = base.scale(actual, timespan);
    if retarget.cap {
        target = target.min(params.pow_limit);
    }
    Some(target.to_compact())
}

fn link(tip: &Tip, header: &Header) -> Result<(), Violation> {
    if header.prev_block == tip.hash {
        return Ok(());
    }
    Err(Violation::Link {
        found: header.prev_block,
        expected: tip.hash,
    })
}

impl Params {
    /// Applies the rules that do not depend on a header's place: its `bits` and its work
    /// (`CheckProofOfWork`).
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn check_work(&self, header: &Header) -> Result<(), Violation> {
        let target = target_in_range(self, None, header)?;
        proof_of_work(self, target, header, header.hash())
    }
}

/// `DeriveTarget`. The tip's `bits` were read before, and most headers repeat them.
fn target_in_range(
    params: &Params,
    tip: Option<&Tip>,
    header: &Header,
) -> Result<Target, Violation> {
    if let Some(tip) = tip
        && tip.bits == header.bits
    {
        return Ok(tip.target);
    }
    let found = header.bits;
    let target =
        read_bits(params, found).map_err(|reason| Violation::BitsEncoding { found, reason })?;
    if target > params.pow_limit && params.bad_bits.above_limit == OnBadBits::Refuse {
        return Err(Violation::BitsAboveLimit {
            found,
            limit: params.pow_limit.to_compact(),
        });
    }
    Ok(target)
}

/// The target of `bits`, or the one that the rules read bad `bits` as.
pub(super) fn read_bits(params: &Params, bits: CompactTarget) -> Result<Target, CompactError> {
    let bad = params.bad_bits;
    match Target::try_from(bits) {
        Err(CompactError::Negative) if bad.negative == OnBadBits::Tolerate => {
            read_bits(params, bits.without_sign())
        }
        Err(CompactError::Overflow) if bad.overflow == OnBadBits::Tolerate => Ok(params.pow_limit),
        Err(CompactError::Zero) if bad.zero == OnBadBits::Tolerate => Ok(params.pow_limit),
        read => read,
    }
}

fn required_bits_met(params: &Params, tip: &Tip, header: &Header) -> Result<bool, Violation> {
    if !params.required_bits {
        return Ok(true);
    }
    match required_bits(params, tip, header.time) {
        Some(expected) if expected != header.bits => Err(Violation::BitsRequired {
            found: header.bits,
            expected,
        }),
        known => Ok(known.is_some()),
    }
}

/// `CheckProofOfWork`. `hash256` is that of the header, which is known already.
fn proof_of_work(
    params: &Params,
    target: Target,
    header: &Header,
    hash256: Hash256,
) -> Result<(), Violation> {
    let found = match params.proof_of_work {
        None => return Ok(()),
        Some(ProofOfWork::Sha256d) => hash256,
        Some(function @ ProofOfWork::Scrypt) => function.hash(header),
    };
    if target.is_met_by(found) {
        return Ok(());
    }
    Err(Violation::ProofOfWork { found, target })
}

fn past_median(params: &Params, tip: &Tip, header: &Header) -> Result<bool, Violation> {
    if params.median_time_span == 0 {
        return Ok(true);
    }
    let Some(median) = tip.median_time_past(params.median_time_span) else {
        return Ok(false);
    };
    let earliest = u64::from(median) + u64::from(params.min_seconds_past_median);
    if u64::from(header.time) < earliest {
        return Err(Violation::TimeTooOld {
            found: header.time,
            earliest,
        });
    }
    Ok(true)
}

/// BIP94: the first header of a period must not lie more than 600 s before the one it follows.
fn no_time_warp(params: &Params, tip: &Tip, header: &Header) -> Result<(), Violation> {
    let Some(limit) = params.max_timewarp_seconds else {
        return Ok(());
    };
    let earliest = tip.time.saturating_sub(limit);
    if params.is_boundary(tip.height.saturating_add(1)) && header.time < earliest {
        return Err(Violation::TimeWarp {
            found: header.time,
            earliest,
        });
    }
    Ok(())
}

fn not_too_new(params: &Params, header: &Header, now: u64) -> Result<(), Violation> {
    let Some(limit) = params.max_future_seconds else {
        return Ok(());
    };
    let latest = now.saturating_add(u64::from(limit));
    if u64::from(header.time) > latest {
        return Err(Violation::TimeTooNew {
            found: header.time,
            latest,
        });
    }
    Ok(())
}

/// BIP34, BIP66 and BIP65. Versions are signed, so a negative one is below every floor.
fn version(params: &Params, height: u32, header: &Header) -> Result<(), Violation> {
    match version_floor(params, height) {
        Some(floor) if header.version < floor => Err(Violation::Version {
            found: header.version,
            floor,
        }),
        _ => Ok(()),
    }
}

/// The lowest version at `height`, if there is one.
pub(super) fn version_floor(params: &Params, height: u32) -> Option<i32> {
    params
        .version_floors
        .iter()
        .filter(|floor| height >= floor.height)
        .map(|floor| floor.version)
        .max()
}
