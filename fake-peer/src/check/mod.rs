//! The conformance suite: its cases, runs of them, and reports.
//!
//! | module | contents |
//! |---|---|
//! | [`catalogue`] | the cases |
//! | [`select`] | selecting the cases to run |
//! | [`facts`] | what a target is, which probes find out before the cases |
//! | [`profile`] | the known failures of an implementation |
//! | [`run`] | running the cases |
//! | [`result`] | the results of a run as plain values |
//! | [`summary`] | the number of cases by verdict and level, and the exit code |
//! | [`report`] | the reports of a run |
//! | [`matrix`] | several runs side by side |

pub mod catalogue;
pub mod facts;
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
pub use facts::Portrait;
pub use matrix::Matrix;
pub use profile::Profile;
pub use result::{CaseResult, Run, Strictness, Verdict};
pub use run::{Checker, Detector, Event, Ready, SoFar};
pub use select::{IdPattern, NothingLeft, Partition, Selection, SelectionError};
pub use summary::{Conclusion, Counts, Summary};
