//! Reads messages from files, for people: each message, its place, and what is wrong with it.
//!
//! [`Records::open`] takes an input in any of the [`Format`]s and returns [`Record`]s, each a
//! message or a run of other bytes. [`text`], [`tree`] and [`json`] write them; [`json`] reads them
//! back. Any bytes are read without a panic, in bounded memory, and to their end.

#![forbid(unsafe_code)]

pub mod brief;
mod connections;
mod core_capture;
mod error;
mod format;
mod hex;
pub mod json;
mod magic;
mod packet;
mod pcap;
mod record;
mod resync;
mod stream;
mod tcp;
pub mod text;
pub mod tree;

use std::io::{self, Cursor, Read};

pub use connections::{Mark, MarkKind};
pub use error::InputError;
use fake_peer_core::wire::{Command, Rules};
pub use format::Format;
pub use hex::{HexError, HexErrorKind};
pub use magic::{Magic, ParseMagicError};
pub use pcap::{Ignored, PcapError};
pub use record::{Expected, Flow, Piece, Problem, Reading, Record, SkipReason};
pub use resync::ResyncDecoder;

/// The number of bytes read at a time.
const READ_SIZE: usize = 64 * 1024;
/// The number of bytes that the format is detected from. A live input may have fewer so far.
const ENOUGH: usize = 24;

/// How to read an input.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The form; `None` to detect it from the first bytes.
    pub format: Option<Format>,
    /// Read the input as one payload of this command, without an envelope.
    pub command: Option<Command>,
    /// The network; `None` for any known one.
    pub magic: Option<Magic>,
    /// The limits and tolerances.
    pub rules: Rules,
}

/// The records of an input, read on demand. Nothing follows an error.
pub struct Records<'r> {
    format: Format,
    source: Box<dyn Source + 'r>,
    ended: bool,
}

/// An input of one format.
trait Source {
    fn next_record(&mut self) -> Result<Option<Record>, InputError>;

    fn ignored(&self) -> Ignored {
        Ignored::default()
    }

    fn marks(&self) -> &[Mark] {
        &[]
    }
}

impl<'r> Records<'r> {
    /// Opens an input.
    ///
    /// # Errors
    /// [`InputError`] if the input is empty, or is not in the given format.
    pub fn open(mut input: impl Read + Send + 'r, options: &Options) -> Result<Self, InputError> {
        let mut start = Vec::new();
        fill(&mut input, &mut start, ENOUGH)?;
        if start.is_empty() && options.command.is_none() {
            return Err(InputError::Empty);
        }
        let format =
            options
                .format
                .unwrap_or_else(|| match Format::detect(&start, options.magic) {
                    Format::Hex => Format::Hex,
                    _ if options.command.is_some() => Format::Raw,
                    format => format,
                });
        let mut rest = Vec::new();
        if format == Format::Pcap {
            let header = pcap::header_size(&start);
            fill(&mut input, &mut start, header)?;
            // The reader reads twice before it returns a packet, and must not wait the second time.
            rest = start.split_off(header.min(start.len()));
        }
        let input = Cursor::new(start).chain(Cursor::new(rest)).chain(input);
        let (magic, rules) = (options.magic, &options.rules);
        let source: Box<dyn Source + 'r> = match (format, options.command) {
            (Format::Hex, None) => Box::new(stream::Stream::new(
                hex::HexReader::new(input),
                magic,
                rules,
            )),
            (Format::Raw, None) => Box::new(stream::Stream::new(input, magic, rules)),
            (Format::Hex, Some(command)) => {
                let input = hex::HexReader::new(input);
                Box::new(stream::Payload::new(input, command, magic, rules))
            }
            (Format::Raw, Some(command)) => {
                Box::new(stream::Payload::new(input, command, magic, rules))
            }
            (Format::Core, _) => Box::new(core_capture::CoreCapture::new(input, magic, rules)),
            (Format::Pcap, _) => Box::new(pcap::Pcap::open(input, magic, rules)?),
        };
        Ok(Self {
            format,
            source,
            ended: false,
        })
    }

    /// The form of the input.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Counts of the other contents of a network capture, as far as it has been read.
    pub fn ignored(&self) -> Ignored {
        self.source.ignored()
    }

    /// When the connections of a network capture were opened and ended, as far as it has been read.
    pub fn marks(&self) -> &[Mark] {
        self.source.marks()
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.source.next_record();
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

/// Reads until there are enough bytes or the input ends.
fn fill(input: &mut impl Read, bytes: &mut Vec<u8>, enough: usize) -> io::Result<()> {
    while bytes.len() < enough {
        let length = bytes.len();
        bytes.resize(length + READ_SIZE, 0);
        let count = read_some(input, bytes.get_mut(length..).unwrap_or_default());
        bytes.truncate(length + *count.as_ref().unwrap_or(&0));
        if count? == 0 {
            break;
        }
    }
    Ok(())
}

/// Reads the available bytes, and waits only if there are none.
fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
