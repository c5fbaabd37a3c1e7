//! How a node splits the byte stream into envelopes.

/// How a node splits the byte stream into envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamRules {
    /// What happens to the start of an envelope header when a read ends inside the header.
    pub partial_header: PartialHeader,
}

/// What happens to the start of an envelope header when a read ends inside the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartialHeader {
    /// It is kept until the rest arrives.
    Kept,
    /// It is lost.
    Lost,
}

impl StreamRules {
    /// The rules of Bitcoin Core.
    pub const REFERENCE: Self = Self {
        partial_header: PartialHeader::Kept,
    };
}
