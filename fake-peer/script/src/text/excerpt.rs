//! The lines around a place in a text, none of them long.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// The number of columns of a line that are shown.
const MAX_COLUMNS: usize = 120;

/// The number of columns that are shown before the caret, if the line is cut there.
const COLUMNS_BEFORE: usize = 40;

/// The number of characters of a message, a label or a hint that are shown.
const MAX_MESSAGE: usize = 600;

/// Cuts the end of a message that quotes a long text.
pub(super) fn shorten(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// The line of a place and the lines next to it, cut where they are long, as a text of its own.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    name: &'a str,
    lines: String,
    /// The place in `lines`.
    caret: SourceSpan,
    /// The number of the first of `lines` in the whole text, from 0 on.
    first_line: usize,
    /// The column of the place in the whole text: bytes of its line, from 0 on.
    column: usize,
}

impl<'a> Excerpt<'a> {
    /// The lines around a place in a text that is called `name`. If the place takes several lines,
    /// its first line is shown.
    pub(super) fn new(name: &'a str, text: &str, place: SourceSpan) -> Self {
        let start = text.floor_char_boundary(place.offset());
        let end = text.ceil_char_boundary(start.saturating_add(place.len()));
        let line = line_at(text, start);
        let before = line.start.checked_sub(1).map(|end| line_at(text, end));
        let after = (line.end < text.len()).then(|| line_at(text, line.end + 1));

        let first = before.clone().unwrap_or(line.clone()).start;
        let mut lines = String::new();
        if let Some(before) = before {
            push(&text[before.clone()], window(&text[before], 0), &mut lines);
            lines.push('\n');
        }
        let (column, shown) = (start - line.start, &text[line.clone()]);
        let window_here = window(shown, column);
        let at = lines.len() + mark(&window_here).len() + (column - window_here.start);
        let length = (end - line.start).min(window_here.end) - column;
        push(shown, window_here, &mut lines);
        if let Some(after) = after {
            lines.push('\n');
            push(
                &text[after.clone()],
                window(&text[after.clone()], 0),
                &mut lines,
            );
            lines.push_str(if after.end < text.len() { "\n" } else { "" });
        }
        Self {
            name,
            lines,
            caret: (at..at + length).into(),
            first_line: count_lines(&text[..first]),
            column,
        }
    }

    pub(super) fn caret(&self) -> SourceSpan {
        self.caret
    }
}

/// The line that an offset is in, without its end.
fn line_at(text: &str, offset: usize) -> Range<usize> {
    let (before, rest) = text.split_at(offset);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    start..rest.find('\n').map_or(text.len(), |at| offset + at)
}

/// The bytes of a line that are shown: those around an offset, if it is long.
fn window(line: &str, offset: usize) -> Range<usize> {
    if line.chars().nth(MAX_COLUMNS).is_none() {
        return 0..line.len();
    }
    let mut before = line[..offset].char_indices().rev();
    let start = before.nth(COLUMNS_BEFORE).map_or(0, |(at, _)| at);
    let mut after = line[start..].char_indices();
    let end = after.nth(MAX_COLUMNS).map(|(at, _)| start + at);
    start..end.unwrap_or(line.len())
}

/// What is written in place of the columns before a window.
fn mark(window: &Range<usize>) -> &'static str {
    if window.start > 0 { "…" } else { "" }
}

/// Adds what is shown of a line.
fn push(line: &str, window: Range<usize>, lines: &mut String) {
    lines.push_str(mark(&window));
    lines.push_str(&line[window.clone()]);
    lines.push_str(if window.end < line.len() { "…" } else { "" });
}

/// The number of lines that end in a text, as miette counts them.
fn count_lines(text: &str) -> usize {
    let line_feeds = text.bytes().filter(|byte| *byte == b'\n').count();
    let returns = text.bytes().filter(|byte| *byte == b'\r').count();
    line_feeds + returns - text.matches("\r\n").count()
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let part = self.lines.read_span(span, lines_before, lines_after)?;
        let is_place = lines_before == 0 && *span == self.caret;
        let column = if is_place { self.column } else { part.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.to_owned(),
            part.data(),
            *part.span(),
            self.first_line + part.line(),
            column,
            part.line_count(),
        )))
    }
}
