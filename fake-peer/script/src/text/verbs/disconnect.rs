//! `disconnect`: the target ends the connection.

use std::time::Duration;

use kdl::KdlNode;

use crate::model::{DisconnectKind, Observation};
use crate::text::node::Built;
use crate::text::phrases;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Observation>> = Row {
    name: "disconnect",
    about: "the target ends the connection",
    read: |r| {
        let how = r.prop("how").unwrap_or_default();
        let within = r.prop("within");
        Some(Observation::Disconnect { how, within })
    },
};

pub(super) fn write(how: DisconnectKind, within: Option<Duration>) -> KdlNode {
    Built::new(ROW.name)
        .unless("how", how, &DisconnectKind::Any)
        .opt("within", within)
        .done()
}

pub(super) fn explain(how: DisconnectKind, within: Option<Duration>) -> String {
    let ends = match how {
        DisconnectKind::Any => "ends the connection",
        DisconnectKind::Closed => "closes the connection",
        DisconnectKind::Reset => "resets the connection",
    };
    format!("The target {ends}{}.", phrases::within(within))
}
