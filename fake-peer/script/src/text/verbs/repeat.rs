//! `repeat`: the same steps several times.

use kdl::KdlNode;

use super::{read_block, write_all};
use crate::model::Step;
use crate::text::node::{Built, Reader};
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "repeat",
    about: "the same steps several times",
    read,
};

fn read(r: &mut Reader<'_>) -> Option<Step> {
    let count = r.arg("a count");
    let steps = read_block(r);
    Some(Step::Repeat {
        count: count?,
        steps,
    })
}

pub(super) fn write(count: u32, steps: &[Step]) -> KdlNode {
    start(count).block(write_all(steps)).done()
}

/// The node without its block.
pub(super) fn start(count: u32) -> Built {
    Built::new(ROW.name).arg(count)
}

pub(super) fn explain(count: u32) -> String {
    format!("{count} times:")
}
