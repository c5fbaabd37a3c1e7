//! Writing a run as JSON and reading it.

use serde::Deserialize;

use crate::check::result::{FORMAT, Run};

/// Why a text is not a run.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The run has another format.
    #[error("the file is of format {found}; this version reads format {FORMAT}")]
    Format {
        /// The version of the format.
        found: u32,
    },
    /// The text is not a run.
    #[error("the file is not a run: {0}")]
    Run(serde_path_to_error::Error<serde_json::Error>),
}

/// Writes a run as indented JSON.
///
/// # Errors
/// None: every value of a run can be written as JSON.
pub fn json(run: &Run) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(run)?;
    text.push('\n');
    Ok(text)
}

/// Reads the JSON that [`json`] writes.
///
/// # Errors
/// [`ReadError`], which says what is wrong with the text, and where.
pub fn read(text: &str) -> Result<Run, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    // Report a later format as such, whatever else has changed in it.
    match serde_json::from_str(text) {
        Ok(Head { format }) if format != FORMAT => Err(ReadError::Format { found: format }),
        _ => {
            let mut text = serde_json::Deserializer::from_str(text);
            serde_path_to_error::deserialize(&mut text).map_err(ReadError::Run)
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::check::result::{SCHEMA, Verdict};
    use crate::check::sample;

    #[test]
    fn a_run_survives() {
        for run in [sample::run(), sample::other_run(), sample::hostile()] {
            assert_eq!(read(&json(&run).unwrap()).unwrap(), run);
        }
    }

    #[test]
    fn written_runs_follow_the_schema() {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        for run in [sample::run(), sample::other_run(), sample::hostile()] {
            let value = serde_json::to_value(&run).unwrap();
            let errors: Vec<_> = schema
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }

    #[test]
    fn the_schema_refuses_what_a_reader_would() {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let value = serde_json::to_value(sample::run()).unwrap();
        let spoilt = [
            ("/format", 1.into()),
            ("/seed", (-1).into()),
            ("/cases/0/verdict", "passed".into()),
            ("/cases/0/ending", "shut".into()),
            ("/cases/0/transcript/1/bytes", "f".into()),
            ("/cases/0/transcript/1/direction", "up".into()),
            ("/summary/all/pass", "1".into()),
            ("/target/role", "both".into()),
        ];
        for (path, to) in spoilt {
            let mut value = value.clone();
            *value.pointer_mut(path).unwrap() = to;
            assert!(!schema.is_valid(&value), "{path}");
            assert!(read(&value.to_string()).is_err(), "{path}");
        }
        let mut value = value;
        value["cases"][0]["more"] = 1.into();
        assert!(!schema.is_valid(&value));
        assert!(read(&value.to_string()).is_err());
    }

    #[test]
    fn names_are_those_of_the_json() {
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.name());
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert_snapshot!(read(r#"{"format": 2}"#).unwrap_err(), @"the file is of format 2; this version reads format 3");
        assert_snapshot!(read("[]").unwrap_err(), @"the file is not a run: invalid length 0, expected struct Run with 9 elements at line 1 column 2");
        let mut value = serde_json::to_value(sample::run()).unwrap();
        value["cases"][3]["verdict"] = "good".into();
        assert_snapshot!(read(&value.to_string()).unwrap_err(), @"the file is not a run: cases[3].verdict: unknown variant `good`, expected one of `pass`, `weaker`, `fail`, `varies`, `inconclusive`, `unsupported`, `error`, `skipped` at line 1 column 8457");
    }
}
