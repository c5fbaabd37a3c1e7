//! Transcripts of plays, for people and for programs: lines of text, JSON, and a network capture.

mod json;
mod pcap;
mod text;

pub use json::document;
pub use pcap::{Capture, PlayedAt};
pub use text::{Style, text, words};

#[cfg(test)]
mod tests;
