//! The nodes of a block, read a part at a time.
//!
//! The tree that the `kdl` crate makes of a text takes some hundred bytes for each of its bytes: 448
//! for a node and 384 for each of its values, and what these point to. So a long block is never read
//! at once: [`Block::parts`] cuts it between nodes, and each part is read, used and forgotten.

use std::ops::Range;

use kdl::{KdlDocument, KdlNode};

use super::problem::Problem;
use super::scanner::{Scanner, Token};

/// The most bytes of text that are read at once, unless a single node has more.
const MAX_PART: usize = 4 << 10;

/// A block of nodes in a text that is read a part at a time: the content of the braces, or the
/// whole text.
#[derive(Debug, Clone)]
pub(super) struct Block<'a> {
    text: &'a str,
    range: Range<usize>,
    max_part: usize,
}

/// Some nodes of a block.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// Nodes one after the other, with everything in them.
    Nodes {
        nodes: KdlDocument,
        /// The offset of their text: their spans are counted from there.
        base: usize,
    },
    /// A node with a long block.
    Long {
        /// The node. Its own block is empty.
        node: Box<KdlNode>,
        /// The offset of its text.
        base: usize,
        /// The long block.
        block: Block<'a>,
        /// What comes between the block and the next node.
        tail: &'a str,
    },
}

/// The text of a node, as the scanner finds it.
#[derive(Debug, Default)]
struct Extent {
    start: usize,
    /// The block with its braces; `None` if there are several blocks or none.
    braces: Option<Range<usize>>,
    end: usize,
}

impl<'a> Block<'a> {
    /// Returns the whole text as a block.
    pub(super) fn whole(text: &'a str) -> Self {
        Self {
            text,
            range: 0..text.len(),
            max_part: MAX_PART,
        }
    }

    /// Like [`Block::whole`], in parts of at most `max_part` bytes.
    #[cfg(test)]
    pub(super) fn in_parts_of(text: &'a str, max_part: usize) -> Self {
        Self {
            max_part,
            ..Self::whole(text)
        }
    }

    /// The node that begins at an offset of a text, without the block if that is long.
    pub(super) fn node_at(text: &'a str, offset: usize) -> Option<Part<'a>> {
        let block = Block {
            range: offset..text.len(),
            ..Self::whole(text)
        };
        let extent = Extents::new(&block).next()?;
        let is_long = extent.end - extent.start > MAX_PART;
        let long = block.long(&extent).filter(|_| is_long);
        long.or_else(|| block.nodes(extent.start..extent.end).ok())
    }

    /// An upper bound for the number of nodes in the block, without those inside other nodes.
    pub(super) fn max_nodes(&self) -> usize {
        Extents::new(self).count()
    }

    /// The parts of the block, in the order of the text. A node that is long itself is a part of
    /// its own if `may_be_long` returns `true` for its name and nothing follows its block.
    ///
    /// A part is an error if it is not valid KDL.
    pub(super) fn parts(
        &self,
        may_be_long: fn(&str) -> bool,
    ) -> impl Iterator<Item = Result<Part<'a>, Vec<Problem>>> {
        let block = self.clone();
        let mut extents = Extents::new(self).peekable();
        std::iter::from_fn(move || {
            let first = extents.next()?;
            let mut range = first.start..first.end;
            if range.len() > block.max_part {
                let long = block
                    .long(&first)
                    .filter(|part| part.may_be_long(may_be_long));
                return Some(long.map_or_else(|| block.nodes(range), Ok));
            }
            while let Some(next) = extents.next_if(|next| next.end - range.start <= block.max_part)
            {
                range.end = next.end;
            }
            Some(block.nodes(range))
        })
    }

    fn nodes(&self, range: Range<usize>) -> Result<Part<'a>, Vec<Problem>> {
        let (text, base) = (&self.text[range.clone()], range.start);
        match KdlDocument::parse_v2(text) {
            Ok(nodes) => Ok(Part::Nodes { nodes, base }),
            Err(error) => Err(Problem::of_syntax(&error, text, base)),
        }
    }

    /// A node whose block is read a part at a time, if it has the usual form.
    fn long(&self, extent: &Extent) -> Option<Part<'a>> {
        let braces = extent.braces.clone()?;
        let (base, inner) = (extent.start, braces.start + 1..braces.end - 1);
        let tail = self.text.get(braces.end..extent.end)?;
        let after = tail.trim_start_matches([' ', '\t', ';', '\r', '\n']);
        if !(after.is_empty() || after.starts_with("//")) {
            return None;
        }
        let head = format!("{}{{}}\n", &self.text[base..braces.start]);
        let mut nodes = KdlDocument::parse_v2(&head).ok()?;
        let node = nodes.nodes_mut().pop()?;
        let has_block = node.children().is_some();
        (has_block && nodes.nodes().is_empty()).then(|| Part::Long {
            node: Box::new(node),
            base,
            block: Block {
                range: inner,
                ..self.clone()
            },
            tail,
        })
    }
}

impl Part<'_> {
    fn may_be_long(&self, may_be_long: fn(&str) -> bool) -> bool {
        match self {
            Self::Nodes { .. } => false,
            Self::Long { node, .. } => may_be_long(node.name().value()),
        }
    }
}

/// The texts of the nodes of a block one after the other, each with what comes before it. Together
/// they are the whole block.
struct Extents<'a> {
    scanner: Scanner<'a>,
    offset: usize,
    end: usize,
}

impl<'a> Extents<'a> {
    fn new(block: &Block<'a>) -> Self {
        Self {
            scanner: Scanner::new(&block.text[block.range.clone()]),
            offset: block.range.start,
            end: block.range.end,
        }
    }
}

impl Iterator for Extents<'_> {
    type Item = Extent;

    fn next(&mut self) -> Option<Extent> {
        let start = self.offset + self.scanner.at();
        if start >= self.end {
            return None;
        }
        let (mut depth, mut open, mut blocks) = (0_usize, 0, 0);
        let mut braces = None;
        let (mut has_node, mut is_continued) = (false, false);
        while let Some((at, token)) = self.scanner.token() {
            match token {
                Token::Open => {
                    if depth == 0 {
                        (open, blocks) = (self.offset + at, blocks + 1);
                    }
                    (depth, has_node) = (depth + 1, true);
                }
                // This ends the block that the node is in.
                Token::Close if depth == 0 && has_node => {
                    self.scanner.go_back(at);
                    break;
                }
                Token::Close => {
                    (depth, has_node) = (depth.saturating_sub(1), true);
                    if depth == 0 && blocks == 1 {
                        braces = Some(open..self.offset + self.scanner.at());
                    }
                }
                Token::End if is_continued => {}
                Token::End if depth == 0 && has_node => break,
                Token::End => {}
                // What `/-` leaves out may be in the next line.
                Token::Slashdash => has_node = false,
                Token::Continue | Token::Other => has_node = true,
            }
            is_continued = token == Token::Continue;
        }
        Some(Extent {
            start,
            braces: braces.filter(|_| blocks == 1 && depth == 0),
            end: self.offset + self.scanner.at(),
        })
    }
}
