//! `answer-pings`: whether pings are answered.

use kdl::KdlNode;

use crate::model::Step;
use crate::text::node::Built;
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "answer-pings",
    about: "whether pings are answered",
    read: |r| r.arg("`#true` or `#false`").map(Step::AnswerPings),
};

pub(super) fn write(switch: bool) -> KdlNode {
    Built::new(ROW.name).arg(switch).done()
}

pub(super) fn explain(switch: bool) -> String {
    if switch {
        "Answer pings again.".to_owned()
    } else {
        "Leave pings unanswered.".to_owned()
    }
}
