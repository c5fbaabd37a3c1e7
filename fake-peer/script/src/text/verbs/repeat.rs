//! `repeat`: the same steps several times.

use kdl::KdlNode;

use super::{read_all, write_all};
use crate::model::Step;
use crate::text::node::{Built, Reader};
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "repeat",
    about: "the same steps several times",
    read,
};

fn read(r: &mut Reader<'_>) -> Option<Step> {
    let count = r.arg("how often");
    let steps = read_all(r.children(), r.context());
    Some(Step::Repeat {
        count: count?,
        steps,
    })
}

pub(super) fn write(count: u32, steps: &[Step]) -> KdlNode {
    Built::new(ROW.name)
        .arg(count)
        .block(write_all(steps))
        .done()
}

pub(super) fn explain(count: u32) -> String {
    format!("{count} times:")
}
