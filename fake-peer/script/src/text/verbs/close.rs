//! `close`: we close the connection.

use kdl::KdlNode;

use crate::model::Step;
use crate::text::node::Built;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "close",
    about: "we close the connection",
    read: |_| Some(Step::Close),
};

pub(super) fn write() -> KdlNode {
    Built::new(ROW.name).done()
}

pub(super) fn explain() -> String {
    "Close the connection.".to_owned()
}
