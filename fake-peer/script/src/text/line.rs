//! The line of a step in the text.

use super::Parsed;
use crate::model::StepPath;

/// The number of the line of a step, or of a branch of one, from 1 on, in the text that the script
/// was read from.
pub fn line_of(parsed: &Parsed, text: &str, path: &StepPath) -> Option<usize> {
    let place = parsed.script.place(path)?;
    let start = parsed.spans.of(place).offset();
    Some(text.get(..start)?.lines().count().max(1))
}
