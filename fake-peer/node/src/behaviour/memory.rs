//! What a node may hold.

/// What a node may hold before it dies, and what it counts.
///
/// The model holds little itself. Its accounting counts what the real thing would hold, so that a fault
/// of memory is seen on the wire without the memory being spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The bytes over which the node dies.
    pub budget: u64,
    /// What it reserves for a payload.
    pub payloads: Reserve,
    /// What it reserves for a list.
    pub lists: Reserve,
}

/// What is reserved for something whose length is announced before it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    /// As much as has come.
    Arrived,
    /// As much as is announced.
    Announced,
}

impl Memory {
    /// 512 MiB, and nothing on a stranger's word.
    pub const REFERENCE: Self = Self {
        budget: 512 << 20,
        payloads: Reserve::Arrived,
        lists: Reserve::Arrived,
    };
}
