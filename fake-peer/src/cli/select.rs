//! The options that select cases.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use fake_peer::check::result::{LEVELS, level_name};
use fake_peer::check::{Case, Catalogue, IdPattern, Partition, Selection};
use fake_peer::script::model::Level;

use super::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct SelectArgs {
    /// Cases to select: `headers/limit/1`, `headers` for all below, `**/pow/*` [default: all]
    #[arg(value_name = "GLOB")]
    only: Vec<IdPattern>,
    /// Leave these cases out; may be repeated
    #[arg(long, value_name = "GLOB")]
    skip: Vec<IdPattern>,
    /// Select only cases of these levels
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', value_parser = levels())]
    level: Vec<Level>,
    /// Select one part of the remaining cases, to split a run between machines
    #[arg(long, value_name = "I/N")]
    partition: Option<Partition>,
    /// Read the cases from this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
}

impl SelectArgs {
    /// Returns the cases to select from.
    pub(crate) fn catalogue(&self) -> Result<Catalogue, Failure> {
        let catalogue = match &self.cases {
            Some(folder) => Catalogue::from_dir(folder),
            None => Catalogue::embedded(),
        };
        catalogue.map_err(|error| Failure::Input(error.to_string()))
    }

    /// Returns the selected cases, of which there is at least one.
    pub(crate) fn of(self, catalogue: &Catalogue) -> Result<Vec<&Case>, Failure> {
        let selection = Selection {
            only: self.only,
            skip: self.skip,
            levels: self.level,
            partition: self.partition,
        };
        let cases = selection.of(catalogue);
        cases.map_err(|error| Failure::Input(error.to_string()))
    }
}

fn levels() -> impl TypedValueParser<Value = Level> {
    // The parser has rejected every other name.
    let level = |name: String| {
        let found = LEVELS.into_iter().find(|level| level_name(*level) == name);
        found.unwrap_or(Level::Varies)
    };
    PossibleValuesParser::new(LEVELS.map(level_name)).map(level)
}
