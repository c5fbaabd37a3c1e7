//! How much memory a node may hold.

/// The memory budget of a node, and what counts towards it.
///
/// The model peer itself holds little. It accounts for what a real node would hold, so that a
/// memory bug shows on the wire without using the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The number of bytes above which the node crashes.
    pub budget: u64,
    /// How much is reserved for a payload.
    pub payloads: Reserve,
    /// How much is reserved for a list.
    pub lists: Reserve,
}

/// How much memory is reserved for data whose length is announced before it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    /// As much as has arrived.
    Arrived,
    /// As much as was announced.
    Announced,
}

impl Memory {
    /// A budget of 512 MiB, and nothing reserved for data that has not arrived.
    pub const REFERENCE: Self = Self {
        budget: 512 << 20,
        payloads: Reserve::Arrived,
        lists: Reserve::Arrived,
    };
}
