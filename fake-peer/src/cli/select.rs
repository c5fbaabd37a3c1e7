//! The options that say which cases are meant.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use fake_peer::check::result::{LEVELS, level_name};
use fake_peer::check::{Case, Catalogue, IdPattern, Partition, Selection};
use fake_peer::script::model::Level;

use super::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct SelectArgs {
    /// Cases: `headers/limit/1`, `headers` for all below, `**/pow/*`; all unless told
    #[arg(value_name = "GLOB")]
    only: Vec<IdPattern>,
    /// Leave these out; may be given several times
    #[arg(long, value_name = "GLOB")]
    skip: Vec<IdPattern>,
    /// Only cases of these levels
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', value_parser = levels())]
    level: Vec<Level>,
    /// One part of what is left, for one machine of several
    #[arg(long, value_name = "I/N")]
    partition: Option<Partition>,
    /// Take the cases from a folder instead of those that are built in
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
}

impl SelectArgs {
    /// Hands the cases that are meant to `work`.
    pub(crate) fn with_cases<T>(
        self,
        work: impl FnOnce(&[&Case]) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let cases = self.cases()?;
        work(&cases.iter().collect::<Vec<_>>())
    }

    /// The cases that are meant.
    pub(crate) fn cases(self) -> Result<Vec<Case>, Failure> {
        let catalogue = match &self.cases {
            Some(folder) => Catalogue::from_dir(folder),
            None => Catalogue::embedded(),
        };
        let catalogue = catalogue.map_err(|error| Failure::Input(error.to_string()))?;
        let selection = Selection {
            only: self.only,
            skip: self.skip,
            levels: self.level,
            partition: self.partition,
        };
        let cases = selection.of(&catalogue);
        let cases = cases.map_err(|error| Failure::Input(error.to_string()))?;
        Ok(cases.into_iter().cloned().collect())
    }
}

fn levels() -> impl TypedValueParser<Value = Level> {
    // The parser has refused what is none of them.
    let level = |name: String| {
        let found = LEVELS.into_iter().find(|level| level_name(*level) == name);
        found.unwrap_or(Level::Varies)
    };
    PossibleValuesParser::new(LEVELS.map(level_name)).map(level)
}
