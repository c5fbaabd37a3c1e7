//! A script with everything that can be computed before a play.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use fake_peer_core::{Hash256, Network};

use super::program::{Op, Program};
use super::verdict::StepRef;
use crate::chains::{ChainError, Chains, Files};
use crate::model::{Element, Name, Part, RawPart, Script, Send, Step, StepPath};
use crate::network::{self, NetworkError};
use crate::text;

/// A script with its chains built and its files read. It is prepared once, and can be played many
/// times.
#[derive(Debug)]
pub struct Prepared {
    script: Script,
    network: Network,
    chains: Chains,
    files: BTreeMap<String, Vec<u8>>,
    program: Program,
    /// The names of the connections in the transcript.
    names: Vec<Arc<str>>,
    /// The heights of the headers of the chains that an honest peer serves.
    heights: BTreeMap<Name, OnceLock<HashMap<Hash256, usize>>>,
}

/// Why a script cannot be played at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The network cannot be resolved.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A chain cannot be built.
    #[error("chain {chain}: {error}")]
    Chain {
        /// The name of the chain.
        chain: Name,
        /// Why it cannot be built.
        error: Box<ChainError>,
    },
    /// A file that the script sends does not exist.
    #[error("there is no file `{0}`")]
    NoFile(String),
}

impl Prepared {
    /// Builds the chains of a script for a play at `unix_time` on its own network, and reads its
    /// files.
    ///
    /// # Errors
    /// Returns a [`PrepareError`] if the network, a chain or a file is missing or invalid.
    pub fn new(script: Script, unix_time: u64, files: Files<'_>) -> Result<Self, PrepareError> {
        let network = network::resolve(&script.network, files)?;
        Self::on(network, script, unix_time, files)
    }

    /// Like [`Prepared::new`], for a play on this network instead of the script's own.
    ///
    /// # Errors
    /// Returns a [`PrepareError`] if the network, a chain or a file is missing or invalid.
    pub fn on(
        network: Network,
        script: Script,
        unix_time: u64,
        files: Files<'_>,
    ) -> Result<Self, PrepareError> {
        let now = u32::try_from(unix_time).unwrap_or(u32::MAX);
        let mut chains = Chains::default();
        for chain in &script.chains {
            let built = chains.add(chain, network, now, files);
            built.map_err(|error| PrepareError::Chain {
                chain: chain.name.clone(),
                error: Box::new(error),
            })?;
        }
        let program = Program::new(&script);
        let names = program.connections.iter();
        let heights = chains.names().map(|name| (name.clone(), OnceLock::new()));
        Ok(Self {
            files: read_files(&script, files)?,
            names: names.map(|name| name.as_str().into()).collect(),
            heights: heights.collect(),
            script,
            network,
            chains,
            program,
        })
    }

    /// The script.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// The network that it is played on.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The text of a step or an outcome, in one line.
    pub fn step_text(&self, path: &StepPath) -> Option<String> {
        Some(match self.script.part(path)? {
            Part::Step(step) => text::step_line(step),
            Part::Branch(branch) => text::step_line(&Step::from(branch.observation.clone())),
        })
    }

    pub(super) fn step_ref(&self, path: &StepPath) -> StepRef {
        StepRef {
            path: path.clone(),
            text: self.step_text(path).unwrap_or_default(),
        }
    }

    /// The step at a path, unless that is a branch.
    pub(super) fn step(&self, path: &StepPath) -> Option<&Step> {
        match self.script.part(path)? {
            Part::Step(step) => Some(step),
            Part::Branch(_) => None,
        }
    }

    pub(super) fn op(&self, at: usize) -> Option<&Op> {
        self.program.ops.get(at)
    }

    pub(super) fn chains(&self) -> &Chains {
        &self.chains
    }

    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    pub(super) fn connections(&self) -> &[Arc<str>] {
        &self.names
    }

    pub(super) fn connection_names(&self) -> &[Name] {
        &self.program.connections
    }

    /// The heights of the headers of a chain, by their hashes.
    pub(super) fn heights(&self, chain: &Name) -> Option<&HashMap<Hash256, usize>> {
        let headers = self.chains.get(chain)?.iter().enumerate();
        let heights = self.heights.get(chain)?;
        Some(heights.get_or_init(|| {
            headers
                .map(|(height, header)| (header.hash(), height))
                .collect()
        }))
    }
}

/// Reads the files that are sent.
fn read_files(
    script: &Script,
    files: Files<'_>,
) -> Result<BTreeMap<String, Vec<u8>>, PrepareError> {
    let mut read = BTreeMap::new();
    let mut left = Vec::new();
    for step in &script.steps {
        left.push(Part::Step(step));
        while let Some(part) = left.pop() {
            for name in file_names(part) {
                if !read.contains_key(name) {
                    let bytes = files(name).ok_or_else(|| PrepareError::NoFile(name.to_owned()))?;
                    read.insert(name.to_owned(), bytes);
                }
            }
            let inside = left.len();
            left.extend(part.parts());
            left[inside..].reverse();
        }
    }
    Ok(read)
}

fn file_names(part: Part<'_>) -> impl Iterator<Item = &str> {
    let elements = match part {
        Part::Step(step) => Some(step.elements()),
        Part::Branch(_) => None,
    };
    let sends = elements
        .into_iter()
        .flatten()
        .filter_map(|element| match element {
            Element::Send(send) => Some(send),
            Element::Connection(_)
            | Element::Times(_)
            | Element::Connections(_)
            | Element::Pause(_)
            | Element::Switch(_)
            | Element::Version(_)
            | Element::Offers(_)
            | Element::Commands(_)
            | Element::Chain(_)
            | Element::Observation(_)
            | Element::Branches(_)
            | Element::Steps(_) => None,
        });
    sends
        .flat_map(Send::raw_parts)
        .filter_map(|part| match part {
            RawPart::File(name) => Some(name.as_str()),
            RawPart::Hex(_) | RawPart::Magic | RawPart::Random(_) | RawPart::Zeros(_) => None,
        })
}
