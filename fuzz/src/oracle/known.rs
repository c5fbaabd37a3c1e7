//! Every known difference between our decoder and that of crate `bitcoin` 0.32.

use fake_peer_core::message::{LastField, Message};
use fake_peer_core::wire::MalformedKind;

use super::Difference;

/// Which side does as the specification or the reference implementation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// We do.
    Ours,
    /// The other does.
    Theirs,
    /// Both may.
    Either,
}

/// A known difference.
pub struct Known {
    /// What it is, in a few words.
    pub name: &'static str,
    /// Which side is right.
    pub right: Right,
    /// Why.
    pub why: &'static str,
    /// Whether it accounts for a difference that was seen.
    pub applies: fn(&Difference) -> bool,
}

/// All of them.
pub const KNOWN: &[Known] = &[
    Known {
        name: "limits on counts and lengths",
        right: Right::Ours,
        why: "Bitcoin Core disconnects above them; the crate states MAX_INV_SIZE and enforces none",
        applies: |d| matches!(refused(d), Some(MalformedKind::OverLimit { .. })),
    },
    Known {
        name: "version without its last fields",
        right: Right::Ours,
        why: "peers before 0.2.9, and before BIP37, end early; Bitcoin Core reads what is there",
        applies: |d| match d {
            Difference::TheyRefuse(Message::Version(version), _) => {
                version.last_field != LastField::Relay
            }
            _ => false,
        },
    },
    Known {
        name: "relay byte other than 0 and 1",
        right: Right::Either,
        why: "BIP37 says 1 byte, bool; Bitcoin Core reads any other value as 1, which does not \
              survive a round trip",
        applies: |d| match d {
            Difference::TheyAccept(error) => {
                error.command.as_str() == "version"
                    && matches!(error.malformed.kind, MalformedKind::Unexpected { .. })
            }
            _ => false,
        },
    },
    Known {
        name: "user agent that is not UTF-8",
        right: Right::Ours,
        why: "BIP14 sets no encoding, and Bitcoin Core keeps the bytes",
        applies: |d| match d {
            Difference::TheyRefuse(Message::Version(version), _) => {
                std::str::from_utf8(&version.user_agent.0).is_err()
            }
            _ => false,
        },
    },
    Known {
        name: "fee rate that is no amount of money",
        right: Right::Either,
        why: "Bitcoin Core reads it and ignores it (MoneyRange); the crate refuses the message",
        applies: |d| matches!(d, Difference::TheyRefuse(Message::FeeFilter(_), _)),
    },
];

/// Why we refuse what they accept.
fn refused(difference: &Difference) -> Option<&MalformedKind> {
    match difference {
        Difference::TheyAccept(error) => Some(&error.malformed.kind),
        _ => None,
    }
}
