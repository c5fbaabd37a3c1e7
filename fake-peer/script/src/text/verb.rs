//! Rows of the tables of verbs.

use super::node::Reader;
use crate::model::Script;

/// A row of a table: a word, its description, and the function that reads what follows it.
pub(super) struct Row<R> {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) read: R,
}

/// Reads what follows a verb in the head of a script into the script.
pub(super) type ReadHead = fn(&mut Reader<'_>, &mut Script);

/// Reads what follows a word.
pub(super) type Read<T> = fn(&mut Reader<'_>) -> Option<T>;

/// The row of a word.
pub(super) fn find<'a, R>(rows: &'a [Row<R>], name: &str) -> Option<&'a Row<R>> {
    rows.iter().find(|row| row.name == name)
}

/// Reads a node that begins with the word of a row.
pub(super) fn read_row<T>(row: &Row<Read<T>>, mut r: Reader<'_>) -> Option<T> {
    let value = (row.read)(&mut r);
    if value.is_some() {
        r.finish();
    }
    value
}
