//! What is wrong with a text.

use kdl::KdlError;
use miette::SourceSpan;

use super::diagnostics::Diagnostics;
use super::scope::Where;
use crate::check::{Finding, FindingKind};
use crate::network::NetworkError;
use crate::suggest::{expected, nearest};

/// Something wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: SourceSpan,
    /// What.
    pub kind: ProblemKind,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// It is not KDL.
    #[error("{message}")]
    Syntax {
        /// What the reader of KDL says.
        message: String,
        /// How to mend it, if it knows.
        help: Option<String>,
    },
    /// Blocks or comments lie too deep in each other.
    #[error("blocks or comments are nested more than {limit} deep")]
    TooDeep {
        /// How many there may be.
        limit: usize,
    },
    /// There is no `script` in the file.
    #[error("the file contains no script")]
    NoScript,
    /// There is more than one.
    #[error("more than one script in the file")]
    SecondScript,
    /// A word that means nothing here.
    #[error("unknown verb `{found}`")]
    UnknownVerb {
        /// The word.
        found: String,
        /// Where it stands.
        place: Where,
        /// The words that may stand there.
        known: Vec<&'static str>,
    },
    /// A property that the verb does not have.
    #[error("`{verb}` has no property `{found}`")]
    UnknownProperty {
        /// The verb.
        verb: String,
        /// The property.
        found: String,
        /// Those it has.
        known: Vec<&'static str>,
    },
    /// A word that is none of a few.
    #[error("unknown {what} `{found}`")]
    UnknownWord {
        /// What the word should be.
        what: &'static str,
        /// The word.
        found: String,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// A value more than the verb takes.
    #[error("too many values for `{verb}`")]
    ExtraValue {
        /// The verb.
        verb: String,
    },
    /// A block in braces behind a verb that has none.
    #[error("`{verb}` takes no block")]
    ExtraBlock {
        /// The verb.
        verb: String,
    },
    /// Something that the verb cannot do without.
    #[error("`{verb}` needs {what}")]
    Missing {
        /// The verb.
        verb: String,
        /// What it needs.
        what: &'static str,
    },
    /// The same thing twice.
    #[error("`{what}` is given more than once")]
    Twice {
        /// What.
        what: String,
    },
    /// A value that is not of the right kind.
    #[error("expected {expected}")]
    Value {
        /// What it should be.
        expected: &'static str,
        /// What is wrong with it, where that is more than its kind.
        reason: Option<String>,
    },
    /// The text can be read, but the script is invalid.
    #[error("{0}")]
    Finding(FindingKind),
}

impl Problem {
    /// What the reader of KDL found in a part of a text that begins at `base`.
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

    /// What a check found at a place of the text.
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

/// The reader of KDL may point behind the end, and takes all it has read for wrong: what it stopped
/// at is in the last line of that.
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
    /// What stands at the caret.
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

    /// What to do about it.
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
    /// What is wrong with the file that is named here.
    pub(super) fn of_other_file(&self) -> Option<&Diagnostics> {
        match self {
            Self::Finding(FindingKind::Network(NetworkError::File { problems, .. })) => {
                Some(problems)
            }
            _ => None,
        }
    }
}

/// The name that was meant, or all there are.
fn choose(found: &str, known: &[&str]) -> String {
    match nearest(found, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "it takes no properties".to_owned(),
        None => expected(known),
    }
}
