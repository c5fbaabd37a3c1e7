//! `forbid`: messages that must not come.

use fake_peer_core::wire::Command;
use kdl::KdlNode;

use crate::model::Step;
use crate::text::commands::{read_commands, write_commands};
use crate::text::node::Built;
use crate::text::phrases::names;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "forbid",
    about: "messages that must not come",
    read: |r| Some(Step::Forbid(read_commands(r))),
};

pub(super) fn write(commands: &[Command]) -> KdlNode {
    write_commands(Built::new(ROW.name), commands).done()
}

pub(super) fn explain(commands: &[Command]) -> String {
    format!("From here on, {} is a failure.", names(commands))
}
