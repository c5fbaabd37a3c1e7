//! The text of a script, in KDL 2.
//!
//! [`parse`] and [`print()`] are each other's inverse. Each verb has a file in `verbs`: its row in
//! the table, and how it is read, printed and explained.

mod block;
mod chain;
mod commands;
mod context;
mod delivery;
mod diagnostics;
pub mod document;
mod excerpt;
mod format;
mod head;
mod lie;
mod line;
mod locate;
pub mod network;
mod node;
mod phrases;
mod print;
mod problem;
mod scalar;
mod scanner;
mod scope;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod verb;
mod verbs;

pub use self::format::format;
pub use crate::suggest::nearest;
use block::Block;
pub use context::{Context, Spans};
pub use diagnostics::Diagnostics;
use kdl::KdlDocument;
pub use line::line_of;
use locate::locate;
pub use node::Reader;
pub use print::print;
pub use problem::{Problem, ProblemKind};
pub use scalar::{Scalar, read_text};
pub use scope::Where;
pub use table::verbs;
pub(crate) use value::value_text;
pub(crate) use verbs::{Explained, explain, explain_branch};

use super::chains::Files;
use super::check::{check, check_beside};
use super::model::{Script, Step};

/// A script, and the places of its parts in the text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The script.
    pub script: Script,
    /// The places of its parts.
    pub spans: Spans,
}

/// Reads the text of a script, without checking whether the script is valid.
///
/// # Errors
/// Returns every problem of the text.
pub fn parse(text: &str) -> Result<Parsed, Vec<Problem>> {
    let (parsed, problems) = read(text);
    match parsed {
        Some(parsed) if problems.is_empty() => Ok(parsed),
        _ => Err(problems),
    }
}

/// The text of a step in one line, cut if it is long.
pub(super) fn step_line(step: &Step) -> String {
    const LONG: usize = 120;
    let mut document = KdlDocument::new();
    document.nodes_mut().push(verbs::write(step));
    let text = format::layout(&document);
    let mut line = String::new();
    for word in text.trim_end().split('\n').map(str::trim) {
        let join = match line.as_bytes().last() {
            None => "",
            Some(b'{') => " ",
            Some(_) if word == "}" => " ",
            Some(_) => "; ",
        };
        line.push_str(join);
        line.push_str(word);
    }
    if let Some((end, _)) = line.char_indices().nth(LONG) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// Reads a script, and checks it.
pub(super) fn load(
    name: &str,
    text: &str,
    files: Option<Files<'_>>,
) -> Result<Script, Diagnostics> {
    let (parsed, mut problems) = read(text);
    if let Some(parsed) = &parsed {
        // If something could not be read, it must not be reported as missing, too.
        let whole = problems.is_empty();
        let findings = match files {
            Some(files) => check_beside(&parsed.script, files),
            None => check(&parsed.script),
        };
        let findings = findings.into_iter();
        let findings = findings.filter(|finding| whole || finding.is_local());
        problems.extend(findings.map(|finding| {
            let field = finding.field.as_deref();
            let span = locate(text, &parsed.spans, finding.place, field);
            Problem::of_finding(finding, span)
        }));
    }
    match parsed {
        Some(parsed) if problems.is_empty() => Ok(parsed.script),
        _ => Err(Diagnostics::new(name, text, problems)),
    }
}

fn read(text: &str) -> (Option<Parsed>, Vec<Problem>) {
    if let Some(problem) = document::check_depth(text) {
        return (None, vec![problem]);
    }
    let context = Context::knowing(table::names);
    let script = read_file(&Block::whole(text), &context);
    let (mut problems, spans) = context.into_parts();
    let is_syntax = |problem: &Problem| matches!(problem.kind, ProblemKind::Syntax { .. });
    if problems.iter().any(is_syntax) {
        problems.retain(is_syntax);
        return (None, problems);
    }
    (script.map(|script| Parsed { script, spans }), problems)
}

/// A file holds one script, so that it is one case, one finding, one recording.
fn read_file(file: &Block<'_>, context: &Context) -> Option<Script> {
    let mut script = None;
    let mut read = |r: Reader<'_>| match (r.verb(), &script) {
        ("script", None) => script = Some(head::read(r)),
        ("script", Some(_)) => r.problem(ProblemKind::SecondScript),
        _ => r.unknown_verb(Where::File),
    };
    node::read_block(file, context, &mut read);
    if script.is_none() {
        context.add((0..0).into(), ProblemKind::NoScript);
    }
    script
}
