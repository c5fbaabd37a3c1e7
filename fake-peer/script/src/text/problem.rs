//! What is wrong with a text.

use kdl::KdlError;
use miette::SourceSpan;

use super::diagnostics::Diagnostics;
use super::scope::Where;
use crate::check::{Finding, FindingKind};
use crate::network::NetworkError;
use crate::suggest::{expected, nearest};

/// Something that is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place in the text.
    pub span: SourceSpan,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// It is not KDL.
    #[error("{message}")]
    Syntax {
        /// The message of the KDL parser.
        message: String,
        /// The hint of the KDL parser, if it has one.
        help: Option<String>,
    },
    /// Blocks or comments are nested too deeply.
    #[error("blocks or comments are nested more than {limit} deep")]
    TooDeep {
        /// How deep they may be nested.
        limit: usize,
    },
    /// There is no `script` in the file.
    #[error("the file contains no script")]
    NoScript,
    /// There is more than one `script`.
    #[error("more than one script in the file")]
    SecondScript,
    /// A verb that is unknown here.
    #[error("unknown verb `{found}`")]
    UnknownVerb {
        /// The verb.
        found: String,
        /// Where it is.
        place: Where,
        /// The verbs that are valid there.
        known: Vec<&'static str>,
    },
    /// A property that the verb does not have.
    #[error("`{verb}` has no property `{found}`")]
    UnknownProperty {
        /// The verb.
        verb: String,
        /// The property.
        found: String,
        /// The properties that it has.
        known: Vec<&'static str>,
    },
    /// A word that is not one of the valid words.
    #[error("unknown {what} `{found}`")]
    UnknownWord {
        /// What the word should be.
        what: &'static str,
        /// The word.
        found: String,
        /// The valid words.
        known: Vec<&'static str>,
    },
    /// More values than the verb takes.
    #[error("too many values for `{verb}`")]
    ExtraValue {
        /// The verb.
        verb: String,
    },
    /// A block in braces after a verb that takes none.
    #[error("`{verb}` takes no block")]
    ExtraBlock {
        /// The verb.
        verb: String,
    },
    /// Something that the verb requires, and that is missing.
    #[error("`{verb}` needs {what}")]
    Missing {
        /// The verb.
        verb: String,
        /// What it needs.
        what: &'static str,
    },
    /// Something that is given more than once.
    #[error("`{what}` is given more than once")]
    Twice {
        /// What is given more than once.
        what: String,
    },
    /// A value that is not of the right type.
    #[error("expected {expected}")]
    Value {
        /// What it should be.
        expected: &'static str,
        /// What is wrong with it, if its type is right.
        reason: Option<String>,
    },
    /// The text can be read, but the script is invalid.
    #[error("{0}")]
    Finding(FindingKind),
}

impl Problem {
    /// The errors of the KDL parser in a part of a text that begins at `base`.
    pub(super) fn of_syntax(error: &KdlError, part: &str, base: usize) -> Vec<Self> {
        let problem = |diagnostic: &kdl::KdlDiagnostic| Self {
            span: moved(clamp(diagnostic.span, part), base),
            kind: ProblemKind::Syntax {
                message: diagnostic.to_string(),
                help: diagnostic.help.clone(),
            },
        };
        error.diagnostics.iter().map(problem).collect()
    }

    /// A finding of a check, at a place of the text.
    pub(super) fn of_finding(finding: Finding, span: SourceSpan) -> Self {
        Self {
            span,
            kind: ProblemKind::Finding(finding.kind),
        }
    }
}

/// A place in a part of a text that begins at `base`, as a place in the text.
pub(super) fn moved(span: SourceSpan, base: usize) -> SourceSpan {
    (span.offset() + base, span.len()).into()
}

/// Corrects a span of the KDL parser, which may end after the text, and covers everything that was
/// read: the error is in the last line of that.
fn clamp(span: SourceSpan, text: &str) -> SourceSpan {
    let start = span.offset().min(text.len());
    let end = (start + span.len()).min(text.len());
    let Some(read) = text.get(start..end).map(str::trim_end) else {
        return (start..end).into();
    };
    let last = read.rfind('\n').map_or(0, |line| line + 1);
    let indent = read[last..].len() - read[last..].trim_start().len();
    (start + last + indent..start + read.len()).into()
}

impl ProblemKind {
    /// The label at the caret.
    pub fn label(&self) -> String {
        match self {
            Self::Syntax { .. } | Self::TooDeep { .. } => "here".to_owned(),
            Self::NoScript => "expected `script NAME network=NETWORK { … }`".to_owned(),
            Self::SecondScript => "second script".to_owned(),
            Self::UnknownVerb { place, .. } => format!("not valid {place}"),
            Self::UnknownProperty { .. } => "unknown property".to_owned(),
            Self::UnknownWord { what, .. } => format!("unknown {what}"),
            Self::ExtraValue { .. } => "unexpected value".to_owned(),
            Self::ExtraBlock { .. } => "unexpected block in braces".to_owned(),
            Self::Missing { .. } => "missing here".to_owned(),
            Self::Twice { .. } => "given again here".to_owned(),
            Self::Value { reason, .. } => {
                reason.clone().unwrap_or_else(|| "invalid value".to_owned())
            }
            Self::Finding(finding) => finding.label(),
        }
    }

    /// A hint on how to correct it, if there is one.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Syntax { help, .. } => help.clone(),
            Self::SecondScript => Some("put each script into its own file".to_owned()),
            Self::UnknownVerb { found, known, .. }
            | Self::UnknownProperty { found, known, .. }
            | Self::UnknownWord { found, known, .. } => Some(choose(found, known)),
            Self::Finding(finding) => finding.help(),
            _ => None,
        }
    }
}

impl ProblemKind {
    /// The problems of the other file that this problem is about, if there is one.
    pub(super) fn of_other_file(&self) -> Option<&Diagnostics> {
        match self {
            Self::Finding(FindingKind::Network(NetworkError::File { problems, .. })) => {
                Some(problems)
            }
            _ => None,
        }
    }
}

/// A hint with the name that was probably meant, or with all known names.
fn choose(found: &str, known: &[&str]) -> String {
    match nearest(found, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "it takes no properties".to_owned(),
        None => expected(known),
    }
}
