//! A script as text, a step at a time: the tree of a long script takes a hundred times the memory
//! of its text.

use kdl::{KdlDocument, KdlNode};

use super::format::Layout;
use super::{head, verbs};
use crate::model::{Script, Step};

/// The text of a script.
///
/// [`parse`](super::parse) reads it back to the same value, unless its blocks are more than 32 deep.
pub fn print(script: &Script) -> String {
    let mut layout = Layout::default();
    let head = head::write(script);
    let children = head.children().map_or(&[][..], KdlDocument::nodes);
    if children.is_empty() && script.steps.is_empty() {
        layout.node(&head);
        return layout.text;
    }
    start(&mut layout, &head);
    for child in children {
        layout.node(child);
    }
    all(&mut layout, &script.steps);
    end(&mut layout);
    layout.text
}

fn all(layout: &mut Layout, steps: &[Step]) {
    for step in steps {
        match verbs::write_start(step) {
            Some((node, steps)) => {
                start(layout, &node);
                all(layout, steps);
                end(layout);
            }
            None => layout.node(&verbs::write(step)),
        }
    }
}

fn start(layout: &mut Layout, node: &KdlNode) {
    layout.start(node);
    layout.gap("");
    layout.open();
}

fn end(layout: &mut Layout) {
    layout.close();
    layout.text.push('\n');
}
