//! The parts of a script that can be made smaller.

use super::list::List;
use crate::model::{Item, Step};

/// A part of a script that can be made smaller.
pub(super) enum Knob<'a> {
    /// Steps: any can be removed, and a block can be replaced by the steps inside it.
    Steps(&'a mut Vec<Step>),
    /// Items of a value: any can be removed, and all can be made equal.
    Items(&'a mut Vec<Item>),
    /// A list, any part of which can be removed.
    List(&'a mut dyn List),
    /// A count, and the least that it can be.
    Count(&'a mut u32, u32),
    /// A number of which nothing is known.
    Int(&'a mut i128),
    /// A function that resets something to its default.
    Reset(&'a mut dyn FnMut()),
}
