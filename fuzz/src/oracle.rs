//! Comparison with what crate `bitcoin` 0.32 reads from the same bytes.
//!
//! Both decoders get every golden, malformed and fuzzed payload. Where they differ, the difference
//! must be one of [`KNOWN`], which says which side is right and why; any other is a finding.

mod known;

use bitcoin::consensus::encode::{deserialize, serialize};
use bitcoin::p2p::message::{NetworkMessage, RawNetworkMessage};
use fake_peer_core::message::{DecodeError, Message};
use fake_peer_core::network::Network;
use fake_peer_core::wire::{Command, RawEnvelope};
pub use known::{KNOWN, Known, Right};

/// How the two decoders differ on a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The other decoder accepts a payload that ours refuses.
    TheyAccept(DecodeError),
    /// The other decoder refuses a payload that ours accepts.
    TheyRefuse(Message, String),
    /// Both accept it, but the other encodes it to different bytes.
    TheyChange(Message),
}

/// Compares the oracle's result for a payload with `ours`. `None` if they agree, or if the oracle
/// does not know the command.
pub fn compare(
    command: Command,
    payload: &[u8],
    ours: &Result<Message, DecodeError>,
) -> Option<Difference> {
    let theirs = ask(command, payload);
    match (ours, theirs) {
        (_, Answer::UnknownCommand) | (Err(_), Answer::Refused(_)) => None,
        (Err(error), Answer::Read(_)) => Some(Difference::TheyAccept(error.clone())),
        (Ok(message), Answer::Refused(error)) => {
            Some(Difference::TheyRefuse(message.clone(), error))
        }
        (Ok(_), Answer::Read(written)) if written == payload => None,
        (Ok(message), Answer::Read(_)) => Some(Difference::TheyChange(message.clone())),
    }
}

/// Whether the oracle knows the command. It accepts any payload for one that it does not know.
pub fn knows(command: Command) -> bool {
    !matches!(ask(command, &[0xff; 3]), Answer::UnknownCommand)
}

/// The entry of [`KNOWN`] that accounts for a difference.
pub fn explain(difference: &Difference) -> Option<&'static Known> {
    KNOWN.iter().find(|known| (known.applies)(difference))
}

enum Answer {
    /// Read, and encoded to these bytes.
    Read(Vec<u8>),
    Refused(String),
    UnknownCommand,
}

fn ask(command: Command, payload: &[u8]) -> Answer {
    let magic = Network::MAINNET.magic;
    let envelope = RawEnvelope::new(command, payload.to_vec()).to_bytes(magic);
    match deserialize::<RawNetworkMessage>(&envelope) {
        Err(error) => Answer::Refused(error.to_string()),
        Ok(message) if matches!(message.payload(), NetworkMessage::Unknown { .. }) => {
            Answer::UnknownCommand
        }
        Ok(message) => {
            let bytes = serialize(&message);
            Answer::Read(
                bytes
                    .get(RawEnvelope::V1_HEADER_SIZE..)
                    .unwrap_or_default()
                    .to_vec(),
            )
        }
    }
}
