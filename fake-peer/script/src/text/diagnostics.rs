//! How the problems of a text are shown.

use std::fmt::{self, Display};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::excerpt::{Excerpt, shorten};
use super::problem::Problem;

/// Everything that is wrong with a script, with its text.
///
/// Its display shows each problem with the line, a caret and a hint, in colours unless the
/// alternate form (`{:#}`) is used. Only the first [`Diagnostics::MAX_SHOWN`] are shown, and the
/// others are counted. Only the columns around the caret are shown of a long line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    name: String,
    text: String,
    problems: Vec<Problem>,
}

impl Diagnostics {
    /// The number of problems that the display shows.
    pub const MAX_SHOWN: usize = 20;

    /// The problems of a text, in the order of their places. `name` is the name of the file.
    pub fn new(name: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span.offset());
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            problems,
        }
    }

    /// The problems, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let theme = if f.alternate() {
            GraphicalTheme::unicode_nocolor()
        } else {
            GraphicalTheme::unicode()
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
        for problem in self.problems.iter().take(Self::MAX_SHOWN) {
            let excerpt = Excerpt::new(&self.name, &self.text, problem.span);
            handler.render_report(f, &Shown { problem, excerpt })?;
            if let Some(others) = problem.kind.of_other_file() {
                others.fmt(f)?;
            }
        }
        match self.problems.len().saturating_sub(Self::MAX_SHOWN) {
            0 => Ok(()),
            1 => writeln!(f, "… and 1 more error"),
            more => writeln!(f, "… and {more} more errors"),
        }
    }
}

impl std::error::Error for Diagnostics {}

/// A problem with the lines around it, in the form that miette shows.
struct Shown<'a> {
    problem: &'a Problem,
    excerpt: Excerpt<'a>,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shorten(self.problem.kind.to_string()))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.problem, f)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help(&self) -> Option<Box<dyn Display + '_>> {
        let help = self.problem.kind.help()?;
        Some(Box::new(shorten(help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let text = shorten(self.problem.kind.label());
        let label = LabeledSpan::new_with_span(Some(text), self.excerpt.caret());
        Some(Box::new(std::iter::once(label)))
    }
}
