//! How a node cuts the stream into envelopes.

/// How a node cuts the stream into envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamRules {
    /// What becomes of the start of an envelope's header when a read ends inside it.
    pub partial_header: PartialHeader,
}

/// What becomes of the start of an envelope's header when a read ends inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartialHeader {
    /// It waits for the rest.
    Kept,
    /// It is forgotten.
    Lost,
}

impl StreamRules {
    /// As Bitcoin Core.
    pub const REFERENCE: Self = Self {
        partial_header: PartialHeader::Kept,
    };
}
