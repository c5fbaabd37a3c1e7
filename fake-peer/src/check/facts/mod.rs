//! Facts: what a target is, which a few small scripts find out before the cases.
//!
//! Correct implementations differ: not every node negotiates compact blocks, or asks whoever dials
//! it for headers. A case that depends on such a property names it in its `requires`, and is not
//! played at a target that is known not to have it.
//!
//! | file | holds |
//! |---|---|
//! | `needs` | what a script needs, besides what it requires |
//! | `portrait` | the facts of a target, and whether they meet what a script requires |
//! | `probe` | the scripts in `fake-peer/probes`, and playing them |
//! | `view` | what happened on one connection of a probe |
//! | `reading` | each fact, derived from what happened |

mod needs;
mod portrait;
mod probe;
mod reading;
#[cfg(test)]
mod tests;
mod view;

pub(super) use needs::needs;
pub use portrait::{Answer, Fact, Latency, NotApplicable, Portrait, Unasked};
pub(super) use probe::{Survey, survey};
