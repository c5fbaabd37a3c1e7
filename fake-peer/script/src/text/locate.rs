//! The place of a finding in the text.

use miette::SourceSpan;

use super::block::{Block, Part};
use super::context::{Context, Spans};
use super::node::Reader;
use super::verbs;
use crate::model::Place;

/// The place of a part of a script in its text, or of one of its fields, or of the innermost field
/// around that one. The fields of a step are found by reading its node again.
pub(super) fn locate(text: &str, spans: &Spans, place: Place, field: Option<&str>) -> SourceSpan {
    let (whole, field) = (spans.of(place), field.unwrap_or_default());
    let found = match place {
        Place::Script => spans.of_field_of_script(field),
        Place::Chain(at) => spans.of_field_of_chain(at, field),
        Place::Step(_) => field_of_step(text, whole.offset(), field),
    };
    found.unwrap_or(whole)
}

/// The place of a field of the step, or of the branch, whose verb is at `offset`.
fn field_of_step(text: &str, offset: usize, field: &str) -> Option<SourceSpan> {
    let (node, base) = match Block::node_at(text, offset)? {
        Part::Nodes { mut nodes, base } => (nodes.nodes_mut().pop()?, base),
        Part::Long { node, base, .. } => (*node, base),
    };
    let context = Context::keeping_fields();
    context.with_base(base, || verbs::read_again(Reader::new(&node, &context)));
    let (_, spans) = context.into_parts();
    spans.of_field_of_first_step(field)
}
