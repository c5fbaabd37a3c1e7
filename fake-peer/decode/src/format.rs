//! The forms of an input, and how to detect them.

use std::fmt;

use fake_peer_core::Network;
use fake_peer_core::wire::Command;

use super::hex::Lexer;
use super::magic::Magic;

/// The form of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Bytes written as hexadecimal digits.
    Hex,
    /// The bytes themselves.
    Raw,
    /// The files that Bitcoin Core writes with `-capturemessages`: `msgs_recv.dat` and
    /// `msgs_sent.dat`.
    Core,
    /// A network capture, pcap or pcapng.
    Pcap,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hex => "hexadecimal text",
            Self::Raw => "bytes",
            Self::Core => "Bitcoin Core's capture",
            Self::Pcap => "network capture",
        })
    }
}

impl Format {
    /// Detects the form from the first bytes.
    ///
    /// Unknown input is [`Format::Hex`] if it is printable, and [`Format::Raw`] if not.
    pub fn detect(start: &[u8], magic: Option<Magic>) -> Self {
        if is_magic(start, magic) {
            Self::Raw
        } else if is_pcap(start) {
            Self::Pcap
        } else if is_core(start) {
            Self::Core
        } else if is_hex(start) || is_text(start) {
            Self::Hex
        } else {
            Self::Raw
        }
    }
}

fn is_magic(start: &[u8], magic: Option<Magic>) -> bool {
    start
        .first_chunk()
        .is_some_and(|&bytes| Network::from_magic(bytes).is_some() || magic == Some(Magic(bytes)))
}

/// The magic numbers of pcap (in microseconds and nanoseconds, both byte orders) and pcapng.
///
/// Source: draft-ietf-opsawg-pcap, section 4; draft-ietf-opsawg-pcapng, section 4.1.
fn is_pcap(start: &[u8]) -> bool {
    const MAGICS: [[u8; 4]; 5] = [
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0x0a, 0x0d, 0x0d, 0x0a],
    ];
    start
        .first_chunk()
        .is_some_and(|bytes| MAGICS.contains(bytes))
}

/// A time between 2009 and 2100, and a command.
fn is_core(start: &[u8]) -> bool {
    const PLAUSIBLE: std::ops::Range<u64> = 1_230_000_000_000_000..4_100_000_000_000_000;
    let Some((time, rest)) = start.split_first_chunk() else {
        return false;
    };
    let command = rest.first_chunk().map(|bytes| Command::from_bytes(*bytes));
    let named = matches!(command, Some(Ok(command)) if !command.as_str().is_empty());
    PLAUSIBLE.contains(&u64::from_le_bytes(*time)) && named
}

/// Hexadecimal text with a digit in it, and comments in any language: one byte in 256 of binary
/// input is a `#`, and the bytes after it must not be taken for a comment.
fn is_hex(start: &[u8]) -> bool {
    let mut lexer = Lexer::default();
    let mut has_digit = false;
    let is_hex = start.iter().all(|&byte| {
        let was_comment = lexer.in_comment();
        let is_hex = lexer.next(byte).is_ok();
        has_digit |= !was_comment && byte.is_ascii_hexdigit();
        is_hex && (!was_comment || !byte.is_ascii_control() || byte.is_ascii_whitespace())
    });
    is_hex && has_digit && is_utf8(start)
}

/// Whether it is UTF-8, though the last character may be cut off.
fn is_utf8(start: &[u8]) -> bool {
    std::str::from_utf8(start).map_or_else(|error| error.error_len().is_none(), |_| true)
}

fn is_text(start: &[u8]) -> bool {
    let printable = |&byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    start.iter().all(printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(start: &[u8]) -> Format {
        Format::detect(start, None)
    }

    #[test]
    fn what_follows_a_number_sign_is_looked_at() {
        for text in [
            "# größer als null\n00",
            "00 # größ",
            "#",
            "# only a comment",
            "\t0x00\r\n",
        ] {
            assert_eq!(detect(text.as_bytes()), Format::Hex, "{text}");
        }
        assert_eq!(
            detect("00 # ö".as_bytes().split_last().unwrap().1),
            Format::Hex
        );
        for bytes in [
            b"#\x00\x00\x00\x00\x00\x00\x00".as_slice(),
            b"#\xff\n00",
            b"#\x01\n00",
            b"00 #\x7f",
            "#ö".as_bytes(),
        ] {
            assert_eq!(detect(bytes), Format::Raw, "{}", bytes.escape_ascii());
        }
    }
}
