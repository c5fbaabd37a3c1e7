//! What was said in a play, for people and for programs: lines, JSON, and a network capture.

mod json;
mod pcap;
mod text;

use fake_peer_core::wire::RawEnvelope;
pub use json::document;
pub use pcap::{Capture, PlayedAt};
pub use text::{Style, received, text, words};

/// The envelope that these bytes are, whether or not it lies.
fn envelope(bytes: &[u8]) -> Option<RawEnvelope> {
    let (header, payload) = bytes.split_first_chunk::<{ RawEnvelope::HEADER_SIZE }>()?;
    let [m0, m1, m2, m3, command @ .., l0, l1, l2, l3, c0, c1, c2, c3] = *header;
    Some(RawEnvelope {
        magic: [m0, m1, m2, m3],
        command,
        length: u32::from_le_bytes([l0, l1, l2, l3]),
        checksum: [c0, c1, c2, c3],
        payload: payload.to_vec(),
    })
}

#[cfg(test)]
mod tests;
