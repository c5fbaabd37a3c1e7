//! Header rules, a validator for one chain and a tree of forks.
//!
//! [`Params`] holds the rules of a network as data, [`Validator`] checks one chain in constant
//! memory, and [`HeaderTree`] keeps forks and follows the one with the most work. Both check with
//! the same functions, and none of them panics on any headers.
//!
//! ```
//! use fake_peer_core::chain::{ErrorKind, Params, Validator};
//! use fake_peer_core::header::Header;
//!
//! let mut chain = Validator::new(Params::regtest());
//! let easy = Header { prev_block: chain.tip().hash, version: 1, ..Params::regtest().genesis };
//!
//! let error = chain.push_batch(&[easy], 1_700_000_000).unwrap_err();
//! assert_eq!(error.height, Some(1));
//! assert_eq!(error.kind(), ErrorKind::Invalid);
//! println!("{error}"); // the rule, what was found and what was expected
//! println!("{} {}", chain.tip().height, chain.tip().work);
//! ```
//!
//! | rule | what it asks of a header | [`Params`] | source, in Bitcoin Core unless a BIP |
//! |---|---|---|---|
//! | [`Link`](Rule::Link) | names the hash of the one before it | | `AcceptBlockHeader` |
//! | [`Bits`](Rule::Bits), encoding | not negative, not over 256 bits, not zero | `bad_bits` | `arith_uint256::SetCompact`, `DeriveTarget` |
//! | `Bits`, range | no easier than the limit | `pow_limit`, `bad_bits` | `DeriveTarget` |
//! | `Bits`, required | those of the header before, except at a new period and under the 20-minute rule | `required_bits` | `GetNextWorkRequired` |
//! | - new period | the old target by the time of 2015 intervals, at most x4 either way, up to the limit | `retarget` | `CalculateNextWorkRequired` |
//! | - new period, testnet4 | the target of the period's first header instead | `retarget.base` | BIP94, "Block Storm Fix" |
//! | - 20-minute rule | the limit after 20 minutes, else the last real `bits` of the period | `min_difficulty` | `GetNextWorkRequired` |
//! | [`ProofOfWork`](Rule::ProofOfWork) | hash not above the target; equal passes | `proof_of_work` | `CheckProofOfWork` |
//! | [`TimeTooOld`](Rule::TimeTooOld) | time past the median of the last 11; equal fails | `median_time_span`, `min_seconds_past_median` | `GetMedianTimePast`, `ContextualCheckBlockHeader` |
//! | [`TimeWarp`](Rule::TimeWarp) | first of a period: not over 600 s before the one before | `max_timewarp_seconds` | BIP94, "Time Warp Fix" |
//! | [`TimeTooNew`](Rule::TimeTooNew) | not over 7,200 s ahead of now | `max_future_seconds` | `ContextualCheckBlockHeader` |
//! | [`Version`](Rule::Version) | at least 2, 3, 4 from given heights on | `version_floors` | BIP34, BIP66, BIP65 |
//!
//! The rules are checked in the order of the table: cheap and specific checks before expensive
//! ones. Bitcoin Core checks proof of work before the link, as its defence against floods. Both
//! refuse the same headers, but may report different rules for a header that breaks several.
//!
//! Of several branches, the one with the most work wins, 2^256 / (target + 1) for each header
//! (`GetBlockProof`); of equal ones, the one seen first (`CBlockIndexWorkComparator`).

mod error;
mod fast_path;
mod locator;
mod network_params;
mod parallel;
mod params;
mod recent;
mod records;
mod rules;

mod tip;
mod tree;
mod validator;

pub use error::{ErrorKind, HeaderError, Rule, Violation};
pub use locator::{heights_after, locator};
pub use params::{
    BadBits, BestChain, MeasuredFrom, MinDifficulty, OnBadBits, Params, ProofOfWork, Retarget,
    RetargetBase, VersionFloor,
};
pub use records::RecordsError;
pub use tip::Tip;
pub use tree::{CheckedHeader, HeaderTree, Inserted, Reorganisation};
pub use validator::{Accepted, Unchecked, Validator};
