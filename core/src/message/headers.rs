//! `headers`: block headers, oldest first.
//!
//! | bytes | field | form |
//! |---|---|---|
//! | 1.. | `count` | CompactSize, at most 2,000 |
//! | 80 | a [`Header`] | `count` times, each followed by the next field |
//! | 1 | `tx_count` | CompactSize, always 0 |
//!
//! The reference implementation reads the transaction count and ignores it
//! ([`Rules::REFERENCE`](crate::wire::Rules::REFERENCE)).
//!
//! Source: Bitcoin Core `NetMsgType::HEADERS`, `MAX_HEADERS_RESULTS` (`src/net_processing.cpp`).

use serde::{Deserialize, Serialize};

use crate::header::Header;
use crate::wire::{Malformed, MalformedKind, Reader, Tolerance, Wire, Writer};

/// Block headers, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Headers {
    /// The headers.
    pub headers: Vec<Header>,
}

impl Headers {
    /// The most headers that fit into one message.
    pub const MAX: usize = 2_000;

    /// The bytes that a header takes with the transaction count after it.
    const ENTRY_SIZE: usize = Header::SIZE + 1;
}

impl Wire for Headers {
    const MIN_SIZE: usize = 1;

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let limit = r.rules().max_headers;
        let headers = r.list_with("headers", limit, Self::ENTRY_SIZE, read_entry)?;
        Ok(Self { headers })
    }

    fn write(&self, w: &mut Writer) {
        w.compact_size(self.headers.len() as u64);
        for header in &self.headers {
            header.write(w);
            w.compact_size(0);
        }
    }
}

fn read_entry(r: &mut Reader<'_>) -> Result<Header, Malformed> {
    let header = Header::read(r)?;
    let start = r.offset();
    match r.compact_size("tx_count")? {
        found @ 1.. if r.rules().headers_tx_count == Tolerance::Refuse => {
            let kind = MalformedKind::Unexpected { found, expected: "0" };
            Err(r.error_at(start, "tx_count", kind))
        }
        _ => Ok(header),
    }
}
