//! Messages by their commands.

use fake_peer_core::Message;
use fake_peer_core::wire::Command;
use kdl::KdlEntry;

use super::context::Context;
use super::node::{Built, Reader};
use super::problem::ProblemKind;
use super::scalar::Scalar as _;

pub(super) fn is_known(command: Command) -> bool {
    Message::COMMANDS.contains(&command)
}

/// Reads a command of the table of messages. Any other command is probably a typing error, so it is
/// only accepted after `unknown`.
pub(super) fn read_known(entry: &KdlEntry, context: &Context) -> Option<Command> {
    let command = Command::read(entry, context)?;
    if is_known(command) {
        return Some(command);
    }
    let known = Message::COMMANDS.iter().map(Command::as_str).collect();
    let (what, found) = ("message", command.to_string());
    context.add(
        entry.span(),
        ProblemKind::UnknownWord { what, found, known },
    );
    None
}

/// Adds a command as the first value, after `unknown` if it is not in the table.
pub(super) fn write_command(node: Built, command: Command) -> Built {
    if is_known(command) {
        node.arg(command)
    } else {
        node.word("unknown").arg(command)
    }
}

/// A list of commands, known or not.
pub(super) fn read_commands(r: &mut Reader<'_>) -> Vec<Command> {
    let mut commands = Vec::new();
    for entry in r.rest_of_args() {
        let is_unknown = entry.ty().is_some_and(|ty| ty.value() == "unknown");
        commands.extend(if is_unknown {
            Command::read(entry, r.context())
        } else {
            read_known(entry, r.context())
        });
    }
    commands
}

pub(super) fn write_commands(node: Built, commands: &[Command]) -> Built {
    commands.iter().fold(node, |node, command| {
        let mut entry = command.write(None);
        if !is_known(*command) {
            entry.set_ty("unknown");
        }
        node.entry(entry)
    })
}
