//! `silence`: the target sends nothing.

use std::time::Duration;

use kdl::KdlNode;

use crate::model::Observation;
use crate::text::node::Built;
use crate::text::phrases::span;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Observation>> = Row {
    name: "silence",
    about: "the target sends nothing",
    read: |r| {
        let length = r.needed_prop("for", "a time `for=`")?;
        Some(Observation::Silence { length })
    },
};

pub(super) fn write(length: Duration) -> KdlNode {
    Built::new(ROW.name).prop("for", length).done()
}

pub(super) fn explain(length: Duration) -> String {
    format!("The target sends nothing for {}.", span(length))
}
