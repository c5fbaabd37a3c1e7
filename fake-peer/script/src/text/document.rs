//! Reads text as a KDL document, unless that would exhaust the stack.

use kdl::KdlDocument;

use super::problem::{Problem, ProblemKind};

/// How deep braces and comments may be nested. The KDL parser is recursive, and a script may come
/// from an untrusted source.
const MAX_DEPTH: usize = 32;

/// Reads a text as KDL.
///
/// # Errors
/// Returns every syntax error, or the place where braces or comments are nested too deeply.
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

/// The offset at which braces or comments are nested too deeply. Those in strings are counted, too,
/// but no sensible string has that many.
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
