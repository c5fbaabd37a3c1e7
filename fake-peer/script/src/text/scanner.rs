//! Where nodes and their blocks begin and end in a text of KDL, found without a tree of them.
//!
//! Source: the [grammar of KDL 2](https://kdl.dev/spec/): strings, comments, newlines, `/-` and `\`.

/// A token that matters for where nodes begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A newline or `;`, which ends a node, unless it is continued.
    End,
    /// `/-`, which makes a comment of the next component.
    Slashdash,
    /// A backslash: the newline after it does not end the node.
    Continue,
    /// A string, or a character of anything else.
    Other,
}

/// Goes through a text token by token. Spaces and comments are skipped.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The offset after the last token.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to an offset.
    pub(super) fn go_back(&mut self, at: usize) {
        self.at = at;
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next token, and the offset at which it begins.
    pub(super) fn token(&mut self) -> Option<(usize, Token)> {
        loop {
            let (start, rest) = (self.at, self.rest());
            let (token, length) = match rest {
                [] => return None,
                [b'/', b'/', ..] => (None, until_newline(rest)),
                [b'/', b'*', ..] => (None, comment(rest)),
                [b'/', b'-', ..] => (Some(Token::Slashdash), 2),
                [b'{', ..] => (Some(Token::Open), 1),
                [b'}', ..] => (Some(Token::Close), 1),
                [b';', ..] => (Some(Token::End), 1),
                [b'\\', ..] => (Some(Token::Continue), 1),
                [b'"' | b'#', ..] => (Some(Token::Other), string(rest)),
                _ => match (newline(rest), space(rest)) {
                    (0, 0) => (Some(Token::Other), 1),
                    (0, length) => (None, length),
                    (length, _) => (Some(Token::End), length),
                },
            };
            self.at += length;
            if let Some(token) = token {
                return Some((start, token));
            }
        }
    }
}

/// The length of the newline that a text begins with, 0 if there is none.
fn newline(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] | [0xc2, 0x85, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        [b'\r' | b'\n' | 0x0b | 0x0c, ..] => 1,
        _ => 0,
    }
}

/// The length of the space that a text begins with, 0 if there is none.
fn space(text: &[u8]) -> usize {
    match text {
        [b' ' | b'\t', ..] => 1,
        [0xc2, 0xa0, ..] => 2,
        [0xe1, 0x9a, 0x80, ..]
        | [0xe2, 0x80, 0x80..=0x8a | 0xaf, ..]
        | [0xe2, 0x81, 0x9f, ..]
        | [0xe3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// The length of a text up to its first newline.
fn until_newline(text: &[u8]) -> usize {
    let newline = (0..text.len()).find(|at| newline(&text[*at..]) > 0);
    newline.unwrap_or(text.len())
}

/// The length of the comment `/* … */` that a text begins with. Comments may be nested.
fn comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < text.len() {
        let length = match &text[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += length;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the string that a text begins with: quoted, raw, of one line or of several. A `#`
/// that begins none is one character long.
fn string(text: &[u8]) -> usize {
    let hashes = text.iter().take_while(|byte| **byte == b'#').count();
    let quotes = match &text[hashes..] {
        [b'"', b'"', b'"', ..] => 3,
        [b'"', ..] => 1,
        _ => return 1,
    };
    let mut at = hashes + quotes;
    while at < text.len() {
        let rest = &text[at..];
        if hashes == 0 && rest[0] == b'\\' {
            at += 2;
        } else if ends_string(rest, quotes, hashes) {
            return at + quotes + hashes;
        } else {
            at += 1;
        }
    }
    text.len()
}

fn ends_string(text: &[u8], quotes: usize, hashes: usize) -> bool {
    let end = text.get(..quotes + hashes);
    end.is_some_and(|end| {
        let (quotes, hashes) = end.split_at(quotes);
        quotes.iter().all(|byte| *byte == b'"') && hashes.iter().all(|byte| *byte == b'#')
    })
}
