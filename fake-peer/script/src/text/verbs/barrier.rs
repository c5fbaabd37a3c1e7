//! `barrier`: the target answers a ping.

use std::time::Duration;

use kdl::KdlNode;

use crate::model::Observation;
use crate::text::node::Built;
use crate::text::phrases;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Observation>> = Row {
    name: "barrier",
    about: "the target answers a ping",
    read: |r| {
        let within = r.prop("within");
        Some(Observation::Barrier { within })
    },
};

pub(super) fn write(within: Option<Duration>) -> KdlNode {
    Built::new(ROW.name).opt("within", within).done()
}

pub(super) fn explain(within: Option<Duration>) -> String {
    format!(
        "The target answers a ping of ours{}.",
        phrases::within(within)
    )
}
