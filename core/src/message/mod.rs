//! Every message of the protocol, declared once.
//!
//! The table at the end of this module's source makes the enum [`Message`], the dispatch
//! by command, and [`Message::COMMANDS`], over which tests and fuzz targets run. To add a message,
//! write its file and its row.
//!
//! [`Message`] holds what a correct peer could say. What a hostile one sends is a
//! [`RawEnvelope`], and what we do not know is [`Unknown`], whole.

mod open_enum;
mod table;

use open_enum::open_enum;
use serde::{Deserialize, Deserializer, Serialize};
use table::messages;

use crate::wire::{Command, Malformed, RawEnvelope, Reader, Rules, Span, Wire, Writer};

mod inventory;
mod net_address;
mod nonce;
mod services;
mod unknown;

pub use inventory::{InvItem, InvType};
pub use net_address::{NetAddress, TimedAddress};
pub use services::Services;
pub use unknown::Unknown;
pub use version::LastField;

/// A type that is the payload of one command.
pub trait Payload: Wire + Into<Message> {
    /// The command.
    const COMMAND: Command;

    /// Takes this payload out of a message, unless the message is another.
    fn from_message(message: Message) -> Option<Self>;
}

/// The payload of an envelope does not parse as the message it is said to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{command}: {malformed}")]
pub struct DecodeError {
    /// What it is said to be.
    pub command: Command,
    /// What is wrong with it.
    pub malformed: Malformed,
}

impl Message {
    /// Reads a payload by [`Rules::STRICT`].
    ///
    /// # Errors
    /// [`DecodeError`]; an unknown command is no error, but [`Message::Unknown`].
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

    /// Reads a payload by `rules`, and tells where each field lies: all of them, or those before
    /// the one that is wrong.
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
    pub fn to_envelope(&self, magic: [u8; 4]) -> RawEnvelope {
        RawEnvelope::new(magic, self.command(), self.payload())
    }
}

messages! {
    /// Who a peer is, and what it can do: the first message each way.
    Version = "version" in version;
    /// "I have taken your version".
    Verack = "verack" in verack;
    /// Asks for a pong.
    Ping = "ping" in ping;
    /// Answers a ping.
    Pong = "pong" in pong;
    /// Asks for the headers that follow a known one.
    GetHeaders = "getheaders" in getheaders;
    /// Block headers.
    Headers = "headers" in headers;
    /// Asks for new blocks to be announced by `headers` (BIP130).
    SendHeaders = "sendheaders" in sendheaders;
    /// Asks for transactions to be announced by wtxid (BIP339).
    WtxidRelay = "wtxidrelay" in wtxidrelay;
    /// Asks for addresses by `addrv2` (BIP155).
    SendAddrV2 = "sendaddrv2" in sendaddrv2;
    /// Announces transactions and blocks.
    Inv = "inv" in inv;
    /// Asks for what was announced.
    GetData = "getdata" in getdata;
    /// Says that what was asked for is not there.
    NotFound = "notfound" in notfound;
    /// Addresses of other peers.
    Addr = "addr" in addr;
    /// Asks for addresses.
    GetAddr = "getaddr" in getaddr;
    /// Asks not to be told of transactions that pay less (BIP133).
    FeeFilter = "feefilter" in feefilter;
}

#[cfg(test)]
mod tests;
