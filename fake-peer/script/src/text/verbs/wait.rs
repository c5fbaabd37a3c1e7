//! `wait`: lets time pass.

use std::time::Duration;

use kdl::KdlNode;

use crate::model::Step;
use crate::text::node::Built;
use crate::text::phrases::span;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "wait",
    about: "lets time pass",
    read: |r| r.arg("a time").map(Step::Wait),
};

pub(super) fn write(time: Duration) -> KdlNode {
    Built::new(ROW.name).arg(time).done()
}

pub(super) fn explain(time: Duration) -> String {
    format!("Let {} pass.", span(time))
}
