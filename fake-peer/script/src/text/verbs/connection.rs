//! `connection`: steps of another connection.

use kdl::KdlNode;

use super::{read_all, write_all};
use crate::model::{Name, Step};
use crate::text::node::{Built, Reader};
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "connection",
    about: "steps of another connection",
    read,
};

fn read(r: &mut Reader<'_>) -> Option<Step> {
    let name = r.arg("a name");
    let steps = read_all(r.children(), r.context());
    Some(Step::Connection { name: name?, steps })
}

pub(super) fn write(name: &Name, steps: &[Step]) -> KdlNode {
    Built::new(ROW.name)
        .arg(name.clone())
        .block(write_all(steps))
        .done()
}

pub(super) fn explain(name: &Name) -> String {
    format!("On the connection {name}:")
}
