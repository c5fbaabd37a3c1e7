//! How a node reacts to misbehaviour.

/// The reaction to one kind of misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// The message, or the offending part of it, is ignored.
    Ignore,
    /// The connection is closed. Bitcoin Core also discourages the address, which makes no
    /// difference on loopback.
    Disconnect,
    /// The process crashes.
    Crash,
    /// The process keeps running, but becomes unresponsive on every connection.
    Hang,
}

/// The answer to a request for something that the node does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// A `notfound` message.
    NotFound,
    /// No answer.
    Silence,
    /// No answer, to this request or to anything else on any connection.
    Hang,
}

/// The reaction to each kind of misbehaviour.
///
/// Messages at the wrong time are covered by
/// [`session::Reactions`](fake_peer_core::session::Reactions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reactions {
    /// The reaction to the magic of another network.
    pub wrong_magic: Reaction,
    /// The reaction to first bytes with neither our magic nor the command `version`. They could be
    /// the key of a BIP324 handshake, so Bitcoin Core waits for more.
    pub unknown_protocol: Reaction,
    /// The reaction to bytes that break a rule of the transport itself, such as its handshake or its
    /// encryption. Nothing breaks one over v1.
    pub broken_transport: Reaction,
    /// The reaction to a payload length above the limit.
    pub oversized_payload: Reaction,
    /// The reaction to an envelope with a wrong checksum or an invalid command.
    pub bad_envelope: Reaction,
    /// The reaction to a payload that does not parse.
    pub malformed: Reaction,
    /// The reaction to a list with more items than allowed.
    pub oversized_list: Reaction,
    /// The reaction to a `feature` that does not parse (BIP434).
    pub malformed_feature: Reaction,
    /// The reaction to a `feature` from a peer whose protocol version predates it (BIP434).
    pub early_feature: Reaction,
    /// The reaction to a second `version` that the session ignored.
    pub second_version: Reaction,
    /// The reaction to a `version` with a nonce of our own.
    pub self_connection: Reaction,
    /// The reaction to a `version` whose timestamp is so far from our time that the difference in
    /// microseconds does not fit into 64 bits.
    pub clock_overflow: Reaction,
    /// The reaction to a header whose hash is above its target, or whose target is invalid.
    pub header_without_work: Reaction,
    /// The reaction to headers of one message that do not each follow the one before.
    pub discontinuous_headers: Reaction,
    /// The reaction to a header that breaks any other rule.
    pub invalid_header: Reaction,
    /// The reaction to a block whose parent is unknown.
    pub unconnecting_block: Reaction,
    /// The reaction to a block whose transactions do not match its header.
    pub mutated_block: Reaction,
    /// The reaction to a block that breaks any other rule.
    pub invalid_block: Reaction,
    /// The reaction to a compact block that cannot be valid, or to a `blocktxn` with too few or too
    /// many transactions to complete one.
    pub bad_compact_block: Reaction,
    /// The reaction to a second `blocktxn`, after a first one that did not complete the compact
    /// block.
    pub second_blocktxn: Reaction,
    /// The reaction to a `getblocktxn` for transactions that the block does not have.
    pub bad_getblocktxn: Reaction,
    /// The reaction to a `getdata` item of an unknown type.
    pub unknown_getdata: Reaction,
    /// The reaction to an address on an unknown network.
    pub unknown_network: Reaction,
    /// The reaction to a message that uses Bloom filters or compact block filters when the node
    /// does not offer them.
    pub no_such_service: Reaction,
    /// The reaction to a request for compact block filters that the node offers but does not have.
    pub no_filter_index: Reaction,
    /// The reaction to a `filteradd` without a loaded Bloom filter.
    pub no_filter: Reaction,
    /// The reaction to a `filteradd` to an empty Bloom filter.
    pub empty_filter: Reaction,
}

impl Reactions {
    /// The reactions of Bitcoin Core, measured on version 31 or read in `src/net_processing.cpp`.
    pub const REFERENCE: Self = Self {
        wrong_magic: Reaction::Disconnect,
        unknown_protocol: Reaction::Ignore,
        broken_transport: Reaction::Disconnect,
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
