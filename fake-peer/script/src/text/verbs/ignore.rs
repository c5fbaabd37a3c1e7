//! `ignore`: messages that do not break silence.

use fake_peer_core::wire::Command;
use kdl::KdlNode;

use crate::model::Step;
use crate::text::commands::{read_commands, write_commands};
use crate::text::node::Built;
use crate::text::phrases::names;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "ignore",
    about: "messages that do not break silence",
    read: |r| Some(Step::Ignore(read_commands(r))),
};

pub(super) fn write(commands: &[Command]) -> KdlNode {
    write_commands(Built::new(ROW.name), commands).done()
}

pub(super) fn explain(commands: &[Command]) -> String {
    format!("From here on, ignore {}.", names(commands))
}
