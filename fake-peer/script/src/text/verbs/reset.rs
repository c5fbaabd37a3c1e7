//! `reset`: we reset the connection.

use kdl::KdlNode;

use crate::model::Step;
use crate::text::node::Built;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "reset",
    about: "we reset the connection",
    read: |_| Some(Step::Reset),
};

pub(super) fn write() -> KdlNode {
    Built::new(ROW.name).done()
}

pub(super) fn explain() -> String {
    "Reset the connection.".to_owned()
}
