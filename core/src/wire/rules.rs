//! The limits and tolerances of a decoder, as data.

/// What a decoder does about something that is wrong but could be ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Report it as malformed.
    Refuse,
    /// Continue as if it were right.
    Ignore,
}

/// How strictly envelopes and payloads are read.
///
/// [`Rules::STRICT`] reads each byte as the specifications require; [`Rules::REFERENCE`] tolerates
/// what Bitcoin Core tolerates. Another implementation, or one with a bug, differs in a few fields:
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
    /// The longest byte string or list without a limit of its own (`MAX_SIZE`,
    /// `src/serialize.h`).
    pub max_size: u64,
    /// The most transactions in a `block` and in `blocktxn` (`MAX_BLOCK_WEIGHT` /
    /// `MIN_SERIALIZABLE_TRANSACTION_WEIGHT`, `src/consensus/consensus.h`): more are too heavy for
    /// a block even if they are empty.
    pub max_block_transactions: u64,
    /// The most transactions in a `cmpctblock`, by short id or in full
    /// (`CBlockHeaderAndShortTxIDs`, `src/blockencodings.h`).
    pub max_compact_transactions: u64,
    /// The most indexes in `getblocktxn`: the number of 16-bit values (BIP152).
    pub max_transaction_indexes: u64,
    /// The most hashes in a `merkleblock` (`MAX_BLOCK_WEIGHT` / `MIN_TRANSACTION_WEIGHT`, from
    /// `CPartialMerkleTree::ExtractMatches`, `src/merkleblock.cpp`).
    pub max_merkle_hashes: u64,
    /// The most bytes of flags in a `merkleblock`: a bit for each node of the tree over
    /// [`Rules::max_merkle_hashes`] leaves (BIP37).
    pub max_merkle_flags: u64,
    /// The longest filter in `filterload`, in bytes (`MAX_BLOOM_FILTER_SIZE`, BIP37).
    pub max_filter_size: u64,
    /// The most hash functions in `filterload` (`MAX_HASH_FUNCS`, BIP37).
    pub max_hash_funcs: u32,
    /// The longest data in `filteradd`, in bytes (`MAX_SCRIPT_ELEMENT_SIZE`, BIP37).
    pub max_filter_add: u64,
    /// The most filter hashes in `cfheaders` (`MAX_GETCFHEADERS_SIZE`, BIP157).
    pub max_cfheaders: u64,
    /// The longest address in `addrv2`, in bytes (`MAX_ADDRV2_SIZE`, BIP155).
    pub max_addrv2_address: u64,
    /// The longest signature in `alert`, in bytes: the longest ECDSA signature in DER.
    pub max_alert_signature: u64,
    /// The longest name of a message in `reject`, in bytes (`CMessageHeader::COMMAND_SIZE`, BIP61).
    pub max_reject_message: u64,
    /// The longest reason in `reject`, in bytes (`MAX_REJECT_MESSAGE_LENGTH`, until Bitcoin Core
    /// 0.20).
    pub max_reject_reason: u64,
    /// The shortest id in `feature`, in bytes (BIP434).
    pub min_feature_id: u64,
    /// The longest id in `feature`, in bytes (`MAX_FEATUREID_LENGTH`, BIP434).
    pub max_feature_id: u64,
    /// The longest data in `feature`, in bytes (`MAX_FEATUREDATA_LENGTH`, BIP434).
    pub max_feature_data: u64,
    /// The longest item of a witness, in bytes; no limit of its own in the reference.
    pub max_witness_item: u64,
    /// A checksum that is not the payload's.
    pub wrong_checksum: Tolerance,
    /// Bytes other than NUL after the NUL that ends a command: read as NUL.
    pub command_padding: Tolerance,
    /// A CompactSize in more bytes than it needs.
    pub non_minimal_compact_size: Tolerance,
    /// Bytes after the last field of a message.
    pub trailing_bytes: Tolerance,
    /// A transaction count other than 0 after a header in `headers`.
    pub headers_tx_count: Tolerance,
    /// An address in `addrv2` whose length does not fit its network, where Bitcoin Core does not
    /// know the network: `TORv2` and Yggdrasil.
    pub foreign_address_length: Tolerance,
    /// A byte other than 0 and 1 in a boolean field: read as true.
    pub other_bool: Tolerance,
    /// Bytes after the last field of `feature`, which Bitcoin Core does not tolerate (BIP434).
    pub feature_trailing_bytes: Tolerance,
}

impl Rules {
    /// Every limit of the reference implementation, including those that follow from its limits on
    /// blocks and from the formats, and no tolerance.
    pub const STRICT: Self = Self {
        max_payload: 4_000_000,
        max_headers: 2_000,
        max_locator: 101,
        max_inv: 50_000,
        max_addr: 1_000,
        max_user_agent: 256,
        max_size: 0x0200_0000,
        max_block_transactions: 100_000,
        max_compact_transactions: 0xffff,
        max_transaction_indexes: 0x1_0000,
        max_merkle_hashes: 16_666,
        max_merkle_flags: 4_168,
        max_filter_size: 36_000,
        max_hash_funcs: 50,
        max_filter_add: 520,
        max_cfheaders: 2_000,
        max_addrv2_address: 512,
        max_alert_signature: 72,
        max_reject_message: 12,
        max_reject_reason: 111,
        min_feature_id: 4,
        max_feature_id: 80,
        max_feature_data: 512,
        max_witness_item: 0x0200_0000,
        wrong_checksum: Tolerance::Refuse,
        command_padding: Tolerance::Refuse,
        non_minimal_compact_size: Tolerance::Refuse,
        trailing_bytes: Tolerance::Refuse,
        headers_tx_count: Tolerance::Refuse,
        foreign_address_length: Tolerance::Refuse,
        other_bool: Tolerance::Refuse,
        feature_trailing_bytes: Tolerance::Refuse,
    };

    /// As Bitcoin Core reads: bytes after the last field and the transaction counts in `headers`
    /// are ignored (`src/net_processing.cpp`, `ProcessMessage`), and so are addresses of any length
    /// on networks that it does not know (`CNetAddr::SetNetFromBIP155Network`).
    pub const REFERENCE: Self = Self {
        trailing_bytes: Tolerance::Ignore,
        headers_tx_count: Tolerance::Ignore,
        other_bool: Tolerance::Ignore,
        foreign_address_length: Tolerance::Ignore,
        ..Self::STRICT
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self::STRICT
    }
}
