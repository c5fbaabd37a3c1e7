//! Every message of the protocol, declared once.
//!
//! The table at the end of this module's source makes the enum [`Message`], the dispatch
//! by command, and [`Message::COMMANDS`], over which tests and fuzz targets run. To add a message,
//! write its file and its row.
//!
//! [`Message`] holds what a correct peer could say. A hostile peer sends a [`RawEnvelope`]. A
//! message that is not in the table is kept whole as [`Unknown`].

mod open_enum;
mod table;

use open_enum::open_enum;
use serde::{Deserialize, Deserializer, Serialize};
use table::messages;

use crate::wire::{Command, Malformed, RawEnvelope, Reader, Rules, Span, Wire, Writer};

mod address_v2;
mod filter_type;
mod inventory;
mod locator;
mod net_address;
mod nonce;
mod place;
mod services;
mod transaction_parts;
mod unknown;
mod witness;

pub use address_v2::{AddressNetwork, AddressV2};
pub use cmpctblock::{PrefilledTransaction, ShortId};
pub use filter_type::FilterType;
pub use filterload::BloomUpdate;
pub use inventory::{InvItem, InvType};
pub use net_address::{NetAddress, TimedAddress};
pub use open_enum::ParseNameError;
pub use reject::RejectCode;
pub use services::Services;
pub use transaction_parts::{OutPoint, TxIn, TxOut};
pub use unknown::Unknown;
pub use version::LastField;
pub use witness::Witness;

/// A type that is the payload of one command.
pub trait Payload: Wire + Into<Message> {
    /// The command.
    const COMMAND: Command;

    /// Takes this payload out of a message, unless the message is another.
    fn from_message(message: Message) -> Option<Self>;
}

/// The payload of an envelope does not parse as the message that its command names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{command}: {malformed}")]
pub struct DecodeError {
    /// The command of the envelope.
    pub command: Command,
    /// What is wrong with the payload.
    pub malformed: Malformed,
}

impl Message {
    /// Reads a payload by [`Rules::STRICT`].
    ///
    /// # Errors
    /// [`DecodeError`]. An unknown command is not an error: it gives [`Message::Unknown`].
    pub fn decode(command: Command, payload: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_with(command, payload, &Rules::STRICT)
    }

    /// Reads a payload by `rules`.
    ///
    /// # Errors
    /// As [`Message::decode`].
    pub fn decode_with(
        command: Command,
        payload: &[u8],
        rules: &Rules,
    ) -> Result<Self, DecodeError> {
        Self::read_all(command, &mut Reader::with_rules(payload, rules))
    }

    /// Reads a payload by `rules`, and returns where each field lies: every field, or those before
    /// the one that is wrong; at most [`Reader::MAX_SPANS`].
    pub fn explain(
        command: Command,
        payload: &[u8],
        rules: &Rules,
    ) -> (Result<Self, DecodeError>, Vec<Span>) {
        let mut reader = Reader::with_rules(payload, rules).traced();
        (Self::read_all(command, &mut reader), reader.into_trace())
    }

    fn read_all(command: Command, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::read(command, r)
            .and_then(|message| r.finish().map(|()| message))
            .map_err(|malformed| DecodeError { command, malformed })
    }

    /// The bytes of the payload.
    pub fn payload(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.write(&mut w);
        w.into_bytes()
    }

    /// This message in an honest envelope.
    pub fn to_envelope(&self) -> RawEnvelope {
        RawEnvelope::new(self.command(), self.payload())
    }
}

messages! {
    /// Describes the sender and what it supports: the first message each way.
    Version = "version" in version;
    /// Acknowledges a `version`.
    Verack = "verack" in verack;
    /// Offers a feature by name (BIP434).
    Feature = "feature" in feature;
    /// Asks for transactions to be announced by wtxid (BIP339).
    WtxidRelay = "wtxidrelay" in wtxidrelay;
    /// Asks for addresses by `addrv2` (BIP155).
    SendAddrV2 = "sendaddrv2" in sendaddrv2;
    /// Offers to announce transactions by reconciliation (BIP330).
    SendTxRcncl = "sendtxrcncl" in sendtxrcncl;
    /// Asks for new blocks to be announced by `headers` (BIP130).
    SendHeaders = "sendheaders" in sendheaders;
    /// Asks for blocks in compact form (BIP152).
    SendCmpct = "sendcmpct" in sendcmpct;
    /// Asks the peer not to announce transactions that pay less (BIP133).
    FeeFilter = "feefilter" in feefilter;
    /// Asks for a pong.
    Ping = "ping" in ping;
    /// Answers a ping.
    Pong = "pong" in pong;
    /// Asks for addresses.
    GetAddr = "getaddr" in getaddr;
    /// Addresses of other peers.
    Addr = "addr" in addr;
    /// Addresses of other peers, on any network (BIP155).
    AddrV2 = "addrv2" in addrv2;
    /// Asks for the headers that follow a known one.
    GetHeaders = "getheaders" in getheaders;
    /// Block headers.
    Headers = "headers" in headers;
    /// Asks for the hashes of the blocks that follow a known one.
    GetBlocks = "getblocks" in getblocks;
    /// Asks for the transactions in the pool (BIP35).
    Mempool = "mempool" in mempool;
    /// Announces transactions and blocks.
    Inv = "inv" in inv;
    /// Asks for what was announced.
    GetData = "getdata" in getdata;
    /// Answers a `getdata` for data that the peer does not have.
    NotFound = "notfound" in notfound;
    /// A transaction.
    Transaction = "tx" in transaction;
    /// A block with all its transactions.
    Block = "block" in block;
    /// A block as short ids of its transactions (BIP152).
    CmpctBlock = "cmpctblock" in cmpctblock;
    /// Asks for transactions of a compact block (BIP152).
    GetBlockTxn = "getblocktxn" in getblocktxn;
    /// Transactions of a compact block (BIP152).
    BlockTxn = "blocktxn" in blocktxn;
    /// Asks for only the transactions that match a Bloom filter (BIP37).
    FilterLoad = "filterload" in filterload;
    /// Adds an element to the loaded Bloom filter (BIP37).
    FilterAdd = "filteradd" in filteradd;
    /// Unloads the Bloom filter (BIP37).
    FilterClear = "filterclear" in filterclear;
    /// A header and the proof that transactions are in its block (BIP37).
    MerkleBlock = "merkleblock" in merkleblock;
    /// Asks for compact block filters (BIP157).
    GetCFilters = "getcfilters" in getcfilters;
    /// A compact block filter (BIP157).
    CFilter = "cfilter" in cfilter;
    /// Asks for the hashes of compact block filters (BIP157).
    GetCFHeaders = "getcfheaders" in getcfheaders;
    /// The hashes of compact block filters (BIP157).
    CFHeaders = "cfheaders" in cfheaders;
    /// Asks for every 1,000th filter header (BIP157).
    GetCFCheckpt = "getcfcheckpt" in getcfcheckpt;
    /// Every 1,000th filter header (BIP157).
    CFCheckpt = "cfcheckpt" in cfcheckpt;
    /// Says why a message was refused (BIP61, retired).
    Reject = "reject" in reject;
    /// A signed notice to users (retired).
    Alert = "alert" in alert;
}

#[cfg(test)]
mod tests;
