//! The path to a field of a message.

use std::fmt;

/// One step down into a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A named field.
    Field(&'static str),
    /// An element of a list, counted from 0.
    Index(usize),
}

/// The path from a message to one of its fields, such as `headers[17].tx_count`.
///
/// It is built from the inside out, and only when an error occurs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct FieldPath(Vec<Step>);

impl FieldPath {
    /// The path of one step.
    pub fn field(name: &'static str) -> Self {
        Self(vec![Step::Field(name)])
    }

    /// The path as seen from one level further out.
    pub(super) fn under(mut self, step: Step) -> Self {
        self.0.insert(0, step);
        self
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if at == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
