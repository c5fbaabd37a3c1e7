//! `half-close`: we close our direction.

use kdl::KdlNode;

use crate::model::Step;
use crate::text::node::Built;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "half-close",
    about: "we close our direction",
    read: |_| Some(Step::HalfClose),
};

pub(super) fn write() -> KdlNode {
    Built::new(ROW.name).done()
}

pub(super) fn explain() -> String {
    "Close our direction of the connection.".to_owned()
}
