//! Every known difference between our decoder and that of crate `bitcoin` 0.32.

use fake_peer_core::message::{LastField, Message};
use fake_peer_core::wire::MalformedKind;

use super::Difference;

/// Which side follows the specification or the reference implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Our decoder.
    Ours,
    /// Crate `bitcoin`.
    Theirs,
    /// Both behaviours are allowed.
    Either,
}

/// A known difference.
pub struct Known {
    /// A short description.
    pub name: &'static str,
    /// The side that is right.
    pub right: Right,
    /// Why that side is right.
    pub why: &'static str,
    /// Whether it accounts for an observed difference.
    pub applies: fn(&Difference) -> bool,
}

/// The known differences.
pub const KNOWN: &[Known] = &[
    Known {
        name: "limits on counts and lengths",
        right: Right::Ours,
        why: "Bitcoin Core has these limits (LIMITED_STRING, MAX_INV_SZ and their like); the crate \
              states MAX_INV_SIZE and enforces none",
        applies: |d| match d {
            Difference::TheyAccept(error) => {
                let field = error.malformed.field.to_string();
                matches!(error.malformed.kind, MalformedKind::OverLimit { .. })
                    && LIMITED.iter().any(|(command, limited)| {
                        *command == error.command.as_str() && field.ends_with(limited)
                    })
            }
            _ => false,
        },
    },
    Known {
        name: "version without its last fields",
        right: Right::Ours,
        why: "peers before 0.2.9, and before BIP37, end early; Bitcoin Core reads the fields that are present",
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
        name: "fee rate that is not an amount of money",
        right: Right::Either,
        why: "Bitcoin Core reads it and ignores it (MoneyRange); the crate refuses the message",
        applies: |d| matches!(d, Difference::TheyRefuse(Message::FeeFilter(_), _)),
    },
    Known {
        name: "flags of a Bloom filter without a name",
        right: Right::Ours,
        why: "Bitcoin Core reads any byte and looks at two bits of it (BLOOM_UPDATE_MASK)",
        applies: |d| match d {
            Difference::TheyRefuse(Message::FilterLoad(_), error) => error.contains("bloom flag"),
            _ => false,
        },
    },
    Known {
        name: "alert",
        right: Right::Ours,
        why: "the retired alert is a payload and a signature; the crate reads one byte string",
        applies: |d| match d {
            Difference::TheyAccept(error) => error.command.as_str() == "alert",
            Difference::TheyRefuse(message, _) => matches!(message, Message::Alert(_)),
            Difference::TheyChange(_) => false,
        },
    },
    Known {
        name: "reject with a code that has no name, or text that is not UTF-8",
        right: Right::Ours,
        why: "BIP61 leaves codes open, and Bitcoin Core read both as they came",
        applies: |d| match d {
            Difference::TheyRefuse(Message::Reject(_), error) => {
                error.contains("unknown reject code") || error.contains("UTF8")
            }
            _ => false,
        },
    },
    Known {
        name: "reject without a hash",
        right: Right::Ours,
        why: "BIP61 has a hash only for a refused tx or block; the crate always expects one",
        applies: |d| match d {
            Difference::TheyRefuse(Message::Reject(reject), _) => reject.hash.is_none(),
            _ => false,
        },
    },
    Known {
        name: "CJDNS address outside fc00::/8, or IPv4 or OnionCat inside IPv6",
        right: Right::Either,
        why: "BIP155 asks to ignore such addresses; Bitcoin Core reads the message and drops the \
              address, the crate refuses the message",
        applies: |d| match d {
            Difference::TheyRefuse(Message::AddrV2(_), error) => ["CJDNS", "IPV4", "OnionCat"]
                .iter()
                .any(|name| error.contains(name)),
            _ => false,
        },
    },
    Known {
        name: "transaction without inputs and outputs",
        right: Right::Ours,
        why: "in UnserializeTransaction (src/primitives/transaction.h) a flag byte of 0 after an \
              empty list of inputs is an empty list of outputs",
        applies: |d| match d {
            Difference::TheyRefuse(_, error) => error.contains("unsupported segwit version: 0"),
            _ => false,
        },
    },
    Known {
        name: "length of a Yggdrasil address",
        right: Right::Ours,
        why: "BIP155 lists the network, and asks to refuse other lengths than its 16 bytes; the \
              crate takes it for an unknown network",
        applies: |d| match d {
            Difference::TheyAccept(error) => error.to_string().contains("Yggdrasil"),
            _ => false,
        },
    },
];

/// The fields that we limit, but the crate does not.
const LIMITED: &[(&str, &str)] = &[
    ("addr", "addresses.count"),
    ("addrv2", "address.length"),
    ("addrv2", "addresses.count"),
    ("cfheaders", "filter_hashes.count"),
    ("cmpctblock", "prefilled.count"),
    ("cmpctblock", "short_ids.count"),
    ("cmpctblock", "skipped"),
    ("filteradd", "data.length"),
    ("filterload", "filter.length"),
    ("filterload", "hash_funcs"),
    ("getblocks", "locator.count"),
    ("getblocktxn", "place"),
    ("getblocktxn", "skipped.count"),
    ("getdata", "inventory.count"),
    ("getheaders", "locator.count"),
    ("headers", "headers.count"),
    ("inv", "inventory.count"),
    ("merkleblock", "flags.length"),
    ("merkleblock", "hashes.count"),
    ("notfound", "inventory.count"),
    ("reject", "message.length"),
    ("reject", "reason.length"),
    ("version", "user_agent.length"),
];
