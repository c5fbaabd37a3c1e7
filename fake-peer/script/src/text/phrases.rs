//! Parts of the sentences in which steps are explained.

use std::time::Duration;

use fake_peer_core::wire::Command;

use crate::model::RawPart;

pub(super) fn names(commands: &[Command]) -> String {
    let names: Vec<_> = commands.iter().map(Command::as_str).collect();
    names.join(", ")
}

pub(super) fn within(time: Option<Duration>) -> String {
    time.map(|time| format!(" within {}", span(time)))
        .unwrap_or_default()
}

pub(super) fn span(time: Duration) -> String {
    humantime::format_duration(time).to_string()
}

pub(super) fn raw(parts: &[RawPart]) -> String {
    let part = |part: &RawPart| match part {
        RawPart::Hex(bytes) if bytes.len() > 32 => format!("{} given bytes", bytes.len()),
        RawPart::Hex(bytes) => bytes.to_string(),
        RawPart::File(file) => format!("the file {file}"),
        RawPart::Random(count) => format!("{count} random bytes"),
        RawPart::Zeros(count) => format!("{count} zeros"),
        RawPart::Magic => "the magic of the network".to_owned(),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}
