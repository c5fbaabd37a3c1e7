//! `connect`: opens the connection.

use kdl::KdlNode;

use crate::model::Step;
use crate::text::node::Built;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "connect",
    about: "opens the connection",
    read: |r| {
        let count = r.prop("count").unwrap_or(1);
        Some(Step::Connect { count })
    },
};

pub(super) fn write(count: u32) -> KdlNode {
    Built::new(ROW.name).unless("count", count, &1).done()
}

pub(super) fn explain(count: u32) -> String {
    match count {
        1 => "Open the connection.".to_owned(),
        _ => format!("Open {count} connections under this name."),
    }
}
