//! Text as a document of KDL, unless it would exhaust its reader.

use kdl::KdlDocument;

use super::problem::{Problem, ProblemKind};

/// How deep braces and comments may lie in each other. The reader of KDL goes down the stack with
/// them, and a script may come from anyone.
const MAX_DEPTH: usize = 32;

/// Reads a text as KDL.
///
/// # Errors
/// Every syntax error, or the place where braces or comments are nested too deeply.
pub fn read(text: &str) -> Result<KdlDocument, Vec<Problem>> {
    if let Some(problem) = check_depth(text) {
        return Err(vec![problem]);
    }
    KdlDocument::parse_v2(text).map_err(|error| Problem::of_syntax(&error, text, 0))
}

/// Returns what is wrong with a text that cannot be read as KDL without exhausting the stack.
pub(super) fn check_depth(text: &str) -> Option<Problem> {
    let deep = |offset| Problem {
        span: (offset..offset + 1).into(),
        kind: ProblemKind::TooDeep { limit: MAX_DEPTH },
    };
    too_deep(text).map(deep)
}

/// Where braces or comments are too deep. Those in strings are counted, too: that many are no loss.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut rest) = (0_usize, text.as_bytes());
    while let [first, after @ ..] = rest {
        let at = text.len() - rest.len();
        rest = after;
        match (first, after) {
            (b'{', _) => depth += 1,
            (b'}', _) => depth = depth.saturating_sub(1),
            (b'/', [b'*', after @ ..]) => (depth, rest) = (depth + 1, after),
            (b'*', [b'/', after @ ..]) => (depth, rest) = (depth.saturating_sub(1), after),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(at);
        }
    }
    None
}
