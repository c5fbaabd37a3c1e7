//! What a node does about misbehaviour.

/// What is done about one kind of misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing: the message, or the part of it, is passed over.
    Ignore,
    /// The connection is closed. The reference also remembers the address, which on loopback makes
    /// no difference.
    Disconnect,
    /// The process ends.
    Crash,
    /// The process goes on for ever, and answers nobody any more.
    Hang,
}

/// What is said to who asks for something that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// `notfound`.
    NotFound,
    /// Nothing.
    Silence,
    /// Nothing any more, to anybody.
    Hang,
}

/// A reaction to each kind of misbehaviour. What is out of place in time is in
/// [`session::Reactions`](fake_peer_core::session::Reactions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reactions {
    /// To another magic, but for the first bytes of a connection.
    pub wrong_magic: Reaction,
    /// To first bytes that do not look like this protocol. With BIP324 they could be a key, so the
    /// reference waits for more.
    pub unknown_protocol: Reaction,
    /// To a length over the limit.
    pub oversized_payload: Reaction,
    /// To an envelope with a wrong checksum or no command.
    pub bad_envelope: Reaction,
    /// To a payload that does not parse.
    pub malformed: Reaction,
    /// To a list that is longer than allowed.
    pub oversized_list: Reaction,
    /// To a `feature` that does not parse (BIP434).
    pub malformed_feature: Reaction,
    /// To a `feature` of a peer that is too old to know it (BIP434).
    pub early_feature: Reaction,
    /// To a second `version` that the session passed over.
    pub second_version: Reaction,
    /// To our own nonce.
    pub self_connection: Reaction,
    /// To a clock so far off that the difference to ours does not fit into a number.
    pub clock_overflow: Reaction,
    /// To a header without the work it claims, or that claims none.
    pub header_without_work: Reaction,
    /// To headers that do not follow each other.
    pub discontinuous_headers: Reaction,
    /// To a header that breaks another rule.
    pub invalid_header: Reaction,
    /// To a block whose parent is unknown.
    pub unconnecting_block: Reaction,
    /// To a block whose transactions are not those of its header.
    pub mutated_block: Reaction,
    /// To a block that breaks a rule.
    pub invalid_block: Reaction,
    /// To a compact block that cannot be, and to transactions that cannot complete it.
    pub bad_compact_block: Reaction,
    /// To transactions for a compact block that could not be completed before.
    pub second_blocktxn: Reaction,
    /// To a request for transactions that the block does not have.
    pub bad_getblocktxn: Reaction,
    /// To a request for something of an unknown kind.
    pub unknown_getdata: Reaction,
    /// To an address on an unknown network.
    pub unknown_network: Reaction,
    /// To a use of Bloom filters, or of compact block filters, when they are not offered.
    pub no_such_service: Reaction,
    /// To a request for compact block filters that are offered and not there.
    pub no_filter_index: Reaction,
    /// To an element for a Bloom filter that was not loaded.
    pub no_filter: Reaction,
    /// To an element for an empty Bloom filter.
    pub empty_filter: Reaction,
}

impl Reactions {
    /// As Bitcoin Core, measured on version 31 or read in `src/net_processing.cpp`.
    pub const REFERENCE: Self = Self {
        wrong_magic: Reaction::Disconnect,
        unknown_protocol: Reaction::Ignore,
        oversized_payload: Reaction::Disconnect,
        bad_envelope: Reaction::Ignore,
        malformed: Reaction::Ignore,
        oversized_list: Reaction::Disconnect,
        malformed_feature: Reaction::Disconnect,
        early_feature: Reaction::Disconnect,
        second_version: Reaction::Ignore,
        self_connection: Reaction::Disconnect,
        clock_overflow: Reaction::Ignore,
        header_without_work: Reaction::Disconnect,
        discontinuous_headers: Reaction::Disconnect,
        invalid_header: Reaction::Disconnect,
        unconnecting_block: Reaction::Disconnect,
        mutated_block: Reaction::Disconnect,
        invalid_block: Reaction::Disconnect,
        bad_compact_block: Reaction::Disconnect,
        second_blocktxn: Reaction::Disconnect,
        bad_getblocktxn: Reaction::Disconnect,
        unknown_getdata: Reaction::Ignore,
        unknown_network: Reaction::Ignore,
        no_such_service: Reaction::Disconnect,
        no_filter_index: Reaction::Disconnect,
        no_filter: Reaction::Disconnect,
        empty_filter: Reaction::Ignore,
    };
}
