//! Puts lies into an honest message.

use fake_peer_core::Message;
use fake_peer_core::wire::{
    RawEnvelope, Rules, Span, Step, Tolerance, compact_size_len, wide_compact_size,
};

use super::{MAX_SEARCHED, Resolve, WireError, raw, within_limit};
use crate::model::{Lie, Path, Width};

/// A message in its envelope, with lies.
pub(super) fn envelope(
    message: &Message,
    lies: &[Lie],
    run: &mut dyn Resolve,
) -> Result<RawEnvelope, WireError> {
    let mut payload = within_limit(message.payload())?;
    for lie in lies {
        payload = within_limit(about_payload(payload, lie, message, run)?)?;
    }
    let mut envelope = RawEnvelope::new(message.command(), payload);
    for lie in lies {
        match *lie {
            Lie::Magic(magic) => envelope.magic = Some(magic),
            Lie::Command(command) => envelope.command = command,
            Lie::Length(length) => envelope.length = Some(length),
            Lie::Checksum(checksum) => envelope.checksum = Some(checksum),
            Lie::CompactSize { .. } | Lie::Overwrite { .. } | Lie::Cut(_) | Lie::Append(_) => {}
        }
    }
    Ok(envelope)
}

fn about_payload(
    mut payload: Vec<u8>,
    lie: &Lie,
    message: &Message,
    run: &mut dyn Resolve,
) -> Result<Vec<u8>, WireError> {
    match lie {
        Lie::CompactSize { path, width, value } => {
            return compact_size(&payload, message, path, *width, *value);
        }
        Lie::Overwrite { at, bytes } => {
            let (at, length) = (*at as usize, payload.len());
            let outside = || WireError::Outside {
                length,
                at: at + bytes.len().saturating_sub(1),
            };
            let place = payload.get_mut(at..at + bytes.len()).ok_or_else(outside)?;
            place.copy_from_slice(bytes);
        }
        Lie::Cut(length) => payload.truncate(*length as usize),
        Lie::Append(parts) => payload.extend(raw(parts, run)?),
        Lie::Magic(_) | Lie::Command(_) | Lie::Length(_) | Lie::Checksum(_) => {}
    }
    Ok(payload)
}

/// Replaces a CompactSize. One that an earlier lie made wider or wrong is found as well, as long as
/// the payload can be read up to it.
fn compact_size(
    payload: &[u8],
    message: &Message,
    path: &Path,
    width: Option<Width>,
    value: Option<u64>,
) -> Result<Vec<u8>, WireError> {
    if payload.len() > MAX_SEARCHED {
        return Err(WireError::TooLongToSearch {
            limit: MAX_SEARCHED,
        });
    }
    let sizes = compact_sizes(message, payload);
    let Some(CompactSize {
        span,
        value: honest,
        ..
    }) = sizes.iter().find(|it| it.path == path.as_str())
    else {
        let known = sizes.into_iter().map(|it| it.path).collect();
        return Err(WireError::NoCompactSize {
            path: path.to_string(),
            known,
        });
    };
    let value = value.unwrap_or(*honest);
    let width = width.map_or_else(|| compact_size_len(value), Width::bytes);
    let bytes =
        wide_compact_size(value, width).ok_or(WireError::CompactSizeWidth { value, width })?;
    let mut lying = payload.get(..span.start).unwrap_or_default().to_vec();
    lying.extend(bytes);
    lying.extend(payload.get(span.end..).unwrap_or_default());
    Ok(lying)
}

/// A CompactSize in a payload.
struct CompactSize {
    /// Its path, such as `headers.count`.
    path: String,
    span: Span,
    value: u64,
}

/// Every CompactSize of a payload, as far as it can be read.
fn compact_sizes(message: &Message, payload: &[u8]) -> Vec<CompactSize> {
    const LAX: Rules = Rules {
        max_headers: u64::MAX,
        max_locator: u64::MAX,
        max_inv: u64::MAX,
        max_addr: u64::MAX,
        max_user_agent: u64::MAX,
        max_size: u64::MAX,
        non_minimal_compact_size: Tolerance::Ignore,
        ..Rules::REFERENCE
    };
    let (_, spans) = Message::explain(message.command(), payload, &LAX);
    let mut path: Vec<String> = Vec::new();
    let mut sizes = Vec::new();
    for span in spans {
        path.truncate(span.depth);
        path.push(match span.step {
            Step::Field(name) => name.to_owned(),
            Step::Index(index) => index.to_string(),
        });
        if let Some(value) = span.value.compact_size() {
            let path = path.join(".");
            sizes.push(CompactSize { path, span, value });
        }
    }
    sizes
}
