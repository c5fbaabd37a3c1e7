//! `split`, `truncate` and `copies`: how bytes are delivered.

use std::time::Duration;

use kdl::KdlNode;

use super::node::{Built, Reader};
use super::phrases::span;
use crate::model::{Delivery, Pieces};

/// The words that [`read`] reads.
pub(super) const WORDS: [&str; 3] = ["split", "truncate", "copies"];

pub(super) fn read(mut r: Reader<'_>, delivery: &mut Delivery) {
    match r.verb() {
        "split" => {
            delivery.pause = r.prop("pause").unwrap_or_default();
            delivery.pieces = match (r.prop("each"), r.args()) {
                (Some(each), _) => Pieces::Each(each),
                (None, offsets) => Pieces::At(offsets),
            };
        }
        "truncate" => delivery.truncate = r.arg("a number of bytes"),
        _ => delivery.copies = r.arg("a number").unwrap_or(1),
    }
    r.finish();
}

pub(super) fn write(delivery: &Delivery) -> Vec<KdlNode> {
    let honest = Delivery::default();
    let split = Built::new("split");
    let split = match &delivery.pieces {
        Pieces::Each(size) => split.prop("each", *size),
        Pieces::At(offsets) => split.args(offsets.iter().copied()),
    };
    let split = split.unless("pause", delivery.pause, &honest.pause).done();
    let is_split = delivery.pieces != honest.pieces || delivery.pause != honest.pause;
    let truncate = delivery
        .truncate
        .map(|size| Built::new("truncate").arg(size).done());
    let copies = (delivery.copies != 1).then(|| Built::new("copies").arg(delivery.copies).done());
    is_split
        .then_some(split)
        .into_iter()
        .chain(truncate)
        .chain(copies)
        .collect()
}

/// What differs from the default, one line each.
pub(super) fn explain(delivery: &Delivery) -> Vec<String> {
    let pause = match delivery.pause {
        Duration::ZERO => String::new(),
        pause => format!(", {} apart", span(pause)),
    };
    let pieces = match &delivery.pieces {
        Pieces::At(offsets) if offsets.is_empty() => None,
        Pieces::At(offsets) => Some(format!("cut at {offsets:?}{pause}")),
        Pieces::Each(1) => Some(format!("byte by byte{pause}")),
        Pieces::Each(size) => Some(format!("{size} bytes at a time{pause}")),
    };
    let truncate = delivery.truncate;
    let truncate = truncate.map(|length| format!("only the first {length} bytes"));
    let copies =
        (delivery.copies != 1).then(|| format!("{} times the same bytes", delivery.copies));
    pieces.into_iter().chain(truncate).chain(copies).collect()
}
