//! `handshake`: version and verack, both ways.

use fake_peer_core::wire::Command;
use kdl::KdlNode;

use crate::model::{Handshake, Step};
use crate::text::commands::{read_commands, write_commands};
use crate::text::node::{Built, Reader};
use crate::text::phrases::names;
use crate::text::value::{self, value_text};
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "handshake",
    about: "version and verack, both ways",
    read: |r| Some(Step::Handshake(read(r))),
};

fn read(r: &mut Reader<'_>) -> Handshake {
    let mut version = value::read_props(r, "");
    let mut offers: Vec<Command> = Vec::new();
    let context = r.context();
    for node in r.children() {
        if node.name().value() == "offer" && node.ty().is_none() {
            let mut offer = Reader::new(node, context);
            offers.extend(read_commands(&mut offer));
            offer.finish();
        } else {
            version.extend(value::read_field(node, "", context));
        }
    }
    version.shrink_to_fit();
    Handshake { version, offers }
}

pub(super) fn write(handshake: &Handshake) -> KdlNode {
    let node = Built::new(ROW.name);
    let (node, blocks) = value::write_fields(node, &handshake.version, &["offer"]);
    let offer = write_commands(Built::new("offer"), &handshake.offers).done();
    let offer = (!handshake.offers.is_empty()).then_some(offer);
    node.children(blocks).children(offer).done()
}

pub(super) fn explain(handshake: &Handshake) -> String {
    let mut fields = handshake.version.iter();
    let services = fields.find(|field| field.name.as_str() == "services");
    let services = services.map(|field| format!(" with services={}", value_text(&field.value)));
    let offers = match handshake.offers.as_slice() {
        [] => String::new(),
        offers => format!(", and offer {} before verack", names(offers)),
    };
    format!("Shake hands{}{offers}.", services.unwrap_or_default())
}
