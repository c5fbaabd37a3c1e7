//! The conformance suite: which cases there are, what a run of them gave, and what is made of it.
//!
//! | module | holds |
//! |---|---|
//! | [`catalogue`] | the cases |
//! | [`select`] | which of them are run |
//! | [`profile`] | what is known of an implementation |
//! | [`run`] | running them |
//! | [`result`] | what a run gave, as plain values |
//! | [`summary`] | how many cases there are of each kind, and the exit code |
//! | [`report`] | what is printed and written |
//! | [`matrix`] | several runs side by side |

pub mod catalogue;
pub mod matrix;
pub mod profile;
pub mod report;
pub mod result;
pub mod run;
#[cfg(test)]
pub(crate) mod sample;
pub mod select;
pub mod summary;

pub use catalogue::{Case, Catalogue, CatalogueError};
pub use matrix::Matrix;
pub use profile::Profile;
pub use result::{CaseResult, Run, Strictness, Verdict};
pub use run::{Checker, Detector, Event};
pub use select::{IdPattern, Partition, Selection, SelectionError};
pub use summary::{Conclusion, Counts, Summary};
