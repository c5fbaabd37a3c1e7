//! `reading`: whether we read.

use kdl::KdlNode;

use crate::model::Step;
use crate::text::node::Built;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "reading",
    about: "whether we read",
    read: |r| r.arg("`#true` or `#false`").map(Step::Reading),
};

pub(super) fn write(switch: bool) -> KdlNode {
    Built::new(ROW.name).arg(switch).done()
}

pub(super) fn explain(switch: bool) -> String {
    if switch {
        "Read again.".to_owned()
    } else {
        "Stop reading what the target sends.".to_owned()
    }
}
