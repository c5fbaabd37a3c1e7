//! `connection`: steps on another connection.

use kdl::KdlNode;

use super::{read_block, write_all};
use crate::model::{Name, Step};
use crate::text::node::{Built, Reader};
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "connection",
    about: "steps on another connection",
    read,
};

fn read(r: &mut Reader<'_>) -> Option<Step> {
    let name = r.arg("a name");
    let steps = read_block(r);
    Some(Step::Connection { name: name?, steps })
}

pub(super) fn write(name: &Name, steps: &[Step]) -> KdlNode {
    start(name).block(write_all(steps)).done()
}

/// The node without its block.
pub(super) fn start(name: &Name) -> Built {
    Built::new(ROW.name).arg(name.clone())
}

pub(super) fn explain(name: &Name) -> String {
    format!("On the connection {name}:")
}
