//! Header rules, a validator for one chain and a tree of forks.
mod error;
mod params;
mod rules;
mod tip;
mod validator;

pub use error::{ErrorKind, HeaderError, Rule, Violation};
pub use params::{
    BestChain, MeasuredFrom, MinDifficulty, Params, Retarget, RetargetBase, VersionFloor,
};
pub use tip::Tip;
pub use validator::{Accepted, RecordsError, Unchecked, Validator};
