//! Where a verb may be used.

use std::fmt;

/// Where a verb may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Where {
    /// At the top of a file.
    File,
    /// In a script, before its steps.
    Head,
    /// In a script, or in a block of steps.
    Step,
    /// Where something is observed: as a step, or as an outcome.
    Observation,
    /// In the block of `expect-one-of`.
    Outcome,
    /// In the block of `expect`.
    Expect,
    /// In the block of `handshake`.
    Handshake,
    /// In the block of `send`.
    Send,
    /// After `lie`.
    Lie,
    /// In the block of `chain`.
    Chain,
    /// After `fault`.
    Fault,
    /// In a list.
    List,
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::File => "at the top of a file",
            Self::Head => "in a script",
            Self::Step => "among steps",
            Self::Observation => "as something to expect",
            Self::Outcome => "in `expect-one-of`",
            Self::Expect => "in `expect`",
            Self::Handshake => "in `handshake`",
            Self::Send => "in `send`",
            Self::Lie => "after `lie`",
            Self::Chain => "in `chain`",
            Self::Fault => "after `fault`",
            Self::List => "in a list",
        })
    }
}
