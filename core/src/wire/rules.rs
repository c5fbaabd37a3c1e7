//! The limits and tolerances of a decoder, as data.

/// What a decoder does about something that is wrong but could be passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Report it as malformed.
    Refuse,
    /// Read on as if it were right.
    Ignore,
}

/// How strictly payloads are read.
///
/// [`Rules::STRICT`] reads each byte as the specifications have it; [`Rules::REFERENCE`] forgives
/// what Bitcoin Core forgives. Another implementation, or one with a bug, is a few fields filled
/// otherwise:
///
/// ```
/// use fake_peer_core::wire::Rules;
/// let no_headers_limit = Rules { max_headers: u64::MAX, ..Rules::STRICT };
/// # assert_ne!(no_headers_limit, Rules::STRICT);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The longest payload in bytes (Bitcoin Core `MAX_PROTOCOL_MESSAGE_LENGTH`).
    pub max_payload: u32,
    /// The most headers in one `headers` (`MAX_HEADERS_RESULTS`).
    pub max_headers: u64,
    /// The most hashes in a block locator (`MAX_LOCATOR_SZ`).
    pub max_locator: u64,
    /// The most items in `inv`, `getdata` and `notfound` (`MAX_INV_SZ`).
    pub max_inv: u64,
    /// The most entries in `addr` (`MAX_ADDR_TO_SEND`).
    pub max_addr: u64,
    /// The longest user agent in bytes (`MAX_SUBVERSION_LENGTH`, BIP14).
    pub max_user_agent: u64,
    /// A CompactSize in more bytes than it needs.
    pub non_minimal_compact_size: Tolerance,
    /// Bytes after the last field of a message.
    pub trailing_bytes: Tolerance,
    /// A transaction count other than 0 behind a header in `headers`.
    pub headers_tx_count: Tolerance,
}

impl Rules {
    /// Every limit of the reference implementation, and no tolerance.
    pub const STRICT: Self = Self {
        max_payload: 4_000_000,
        max_headers: 2_000,
        max_locator: 101,
        max_inv: 50_000,
        max_addr: 1_000,
        max_user_agent: 256,
        non_minimal_compact_size: Tolerance::Refuse,
        trailing_bytes: Tolerance::Refuse,
        headers_tx_count: Tolerance::Refuse,
    };

    /// As Bitcoin Core reads: bytes after the last field, and the transaction counts in
    /// `headers`, are passed over (`src/net_processing.cpp`, `ProcessMessage`).
    pub const REFERENCE: Self = Self {
        trailing_bytes: Tolerance::Ignore,
        headers_tx_count: Tolerance::Ignore,
        ..Self::STRICT
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self::STRICT
    }
}
