//! Sent bytes as steps that send them again.

use fake_peer_core::message::{Block, Services};
use fake_peer_core::wire::{Command, RawEnvelope};
use fake_peer_core::{Header, Message, Network};

use super::fields;
use crate::script::model::{ChainPoint, Content, Lie, Name, RawPart, Send, Value, Variable};
use crate::script::wire::{Resolve, Resolved, encode};

/// Returns the step that sends this envelope: as its message if that encodes to the same bytes, or
/// else as raw bytes.
pub(super) fn envelope(envelope: &RawEnvelope, network: Network) -> Send {
    let bytes = envelope.to_bytes(network.magic);
    let same =
        |send: &Send| encode(send, network, &mut NoRun).is_ok_and(|sent| sent.concat() == bytes);
    typed(envelope, network)
        .filter(same)
        .unwrap_or_else(|| raw(bytes.clone()))
}

/// Returns the step that sends bytes without an envelope.
pub(super) fn raw(bytes: Vec<u8>) -> Send {
    Content::Raw(vec![RawPart::Hex(bytes.into())]).into()
}

/// Removes the fields that must differ between runs: our nonce and our time.
pub(super) fn forget_version(send: &mut Send) {
    if let Content::Message { command, fields } = &mut send.content
        && command.as_str() == "version"
    {
        fields.retain(|field| !matches!(field.name.as_str(), "timestamp" | "nonce"));
    }
}

/// Returns the number in a field of the message that is sent, if the field has one.
pub(super) fn number(send: &Send, name: &str) -> Option<i128> {
    let Content::Message { fields, .. } = &send.content else {
        return None;
    };
    let field = fields.iter().find(|field| field.name.as_str() == name)?;
    match field.value {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

/// Replaces a field by a captured value.
pub(super) fn send_back(send: &mut Send, name: &str, captured: &Name) {
    let Content::Message { fields, .. } = &mut send.content else {
        return;
    };
    for field in fields
        .iter_mut()
        .filter(|field| field.name.as_str() == name)
    {
        field.value = Value::Variable(Variable::Captured(captured.clone()));
    }
}

fn typed(envelope: &RawEnvelope, network: Network) -> Option<Send> {
    let command = named(&envelope.command)?;
    let message = Message::decode(command, &envelope.payload).ok()?;
    let fields = fields::changed(&message)?;
    let honest = message.to_envelope().with_header(network.magic);
    let content = Content::Message { command, fields };
    let lies = [
        differs(envelope.magic, honest.magic.as_ref()).map(Lie::Magic),
        differs(Some(envelope.command), Some(&honest.command)).map(Lie::Command),
        differs(envelope.length, honest.length.as_ref()).map(Lie::Length),
        differs(envelope.checksum, honest.checksum.as_ref()).map(Lie::Checksum),
    ];
    Some(Send {
        lies: lies.into_iter().flatten().collect(),
        ..content.into()
    })
}

/// Returns what was found, if it was sent and differs from what is honest.
fn differs<T: PartialEq>(found: Option<T>, honest: Option<&T>) -> Option<T> {
    if found.as_ref() == honest {
        None
    } else {
        found
    }
}

/// Returns the command in the twelve bytes up to the first NUL, whatever follows it. A script cannot
/// name an empty command.
fn named(bytes: &[u8; Command::SIZE]) -> Option<Command> {
    let name = bytes.split(|&byte| byte == 0).next()?;
    if name.is_empty() {
        return None;
    }
    std::str::from_utf8(name).ok()?.parse().ok()
}

/// A recording has no variables.
struct NoRun;

impl Resolve for NoRun {
    fn magic(&mut self) -> [u8; 4] {
        [0; 4]
    }

    fn now(&mut self) -> i64 {
        0
    }

    fn random(&mut self, count: usize) -> Vec<u8> {
        vec![0; count]
    }

    fn captured(&mut self, _: &Name) -> Option<Resolved> {
        None
    }

    fn header(&mut self, _: &ChainPoint) -> Option<Header> {
        None
    }

    fn block(&mut self, _: &ChainPoint) -> Option<Block> {
        None
    }

    fn file(&mut self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn services(&mut self) -> Services {
        Services::empty()
    }
}

#[cfg(test)]
mod tests {
    use fake_peer_fixtures::messages::messages;
    use proptest::prelude::*;

    use super::*;
    use crate::script::text;
    use crate::script::{Script, model::Step};

    const REGTEST: Network = Network::REGTEST;

    fn sent_again(send: &Send) -> Vec<u8> {
        encode(send, REGTEST, &mut NoRun).unwrap().concat()
    }

    fn is_typed(send: &Send) -> bool {
        matches!(send.content, Content::Message { .. })
    }

    /// A step as its text, without the script around it.
    fn line(send: Send) -> String {
        let script = Script {
            steps: vec![Step::Send(send)],
            ..Script::default()
        };
        let text = text::print(&script);
        let lines = text.lines().skip(1).filter(|line| *line != "}");
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_golden_message_is_typed_and_gives_the_same_bytes() {
        let mut typed = 0;
        for golden in messages() {
            let bytes = RawEnvelope::new(golden.command, golden.payload.clone());
            let send = envelope(&bytes, REGTEST);
            let bytes = bytes.to_bytes(REGTEST.magic);
            assert_eq!(sent_again(&send), bytes, "{}", golden.command);
            // Only payloads that core cannot decode, or encodes differently, stay raw.
            let message = Message::decode(golden.command, &golden.payload);
            let same = message.is_ok_and(|message| message.payload() == golden.payload);
            assert_eq!(is_typed(&send), same, "{}", golden.command);
            typed += usize::from(same);
        }
        assert!(typed >= Message::COMMANDS.len(), "{typed}");
    }

    #[test]
    fn a_false_envelope_is_a_lie() {
        let ping = Message::from(fake_peer_core::message::Ping { nonce: 7 });
        let honest = ping.to_envelope().with_header(REGTEST.magic);
        let mut sends = vec![honest.clone(); 5];
        sends[1].magic = Some(Network::MAINNET.magic);
        sends[2].command = *b"ping\0x\0\0\0\0\0\0";
        sends[3].checksum = Some([0; 4]);
        sends[4].payload.push(9);
        sends[4].length = Some(9);
        let lines = sends.iter().map(|send| line(envelope(send, REGTEST)));
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        send ping nonce=7
        send ping nonce=7 {
        lie magic "f9beb4d9"
        }
        send ping nonce=7 {
        lie command "ping\\x00x"
        }
        send ping nonce=7 {
        lie checksum "00000000"
        }
        send raw "fabfb5da70696e670000000000000000090000008c820c80070000000000000009"
        "#);
    }

    #[test]
    fn a_command_that_starts_with_nul_is_sent_as_bytes() {
        let mut changed =
            RawEnvelope::new("ping".parse().unwrap(), vec![0; 8]).with_header(REGTEST.magic);
        changed.command[0] = 0;
        let send = envelope(&changed, REGTEST);
        assert!(matches!(send.content, Content::Raw(_)));
        assert_eq!(sent_again(&send), changed.to_bytes(REGTEST.magic));
    }

    proptest! {
        #[test]
        fn any_bytes_of_an_envelope_are_sent_again(
            at in 0..40_usize, byte: u8, which in 0..100_usize,
        ) {
            let golden: Vec<_> = messages().collect();
            let golden = &golden[which % golden.len()];
            let honest = RawEnvelope::new(golden.command, golden.payload.clone());
            let mut changed = honest.with_header(REGTEST.magic);
            let size = changed.payload.len();
            match at {
                0..4 => changed.magic.as_mut().unwrap()[at] = byte,
                4..16 => changed.command[at - 4] = byte,
                16..20 => changed.checksum.as_mut().unwrap()[at - 16] = byte,
                _ if size > 0 => changed.payload[at % size] = byte,
                _ => {}
            }
            let send = envelope(&changed, REGTEST);
            prop_assert_eq!(sent_again(&send), changed.to_bytes(REGTEST.magic));
            let script = Script { steps: vec![Step::Send(send)], ..Script::default() };
            let parsed = text::parse(&text::print(&script)).unwrap();
            prop_assert_eq!(parsed.script, script);
        }
    }
}
