//! Places of transactions in a block, as the differences that BIP152 encodes.

use crate::wire::{Malformed, Reader};

/// Adds up differences: each is the number of places skipped since the place before.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The first place that has not been named or skipped.
    next: u64,
}

impl Places {
    /// The highest place that 16 bits can name.
    const LAST: u64 = u16::MAX as u64;

    /// The next place after skipping `skipped` places.
    pub(super) fn next(&mut self, skipped: u16) -> u64 {
        let place = self.next + u64::from(skipped);
        self.next = place + 1;
        place
    }

    /// Reads a difference.
    ///
    /// # Errors
    /// [`OverLimit`](crate::wire::MalformedKind::OverLimit) if it, or the resulting place, does
    /// not fit in 16 bits (Bitcoin Core `DifferenceFormatter`, `src/blockencodings.h`).
    pub(super) fn read(
        &mut self,
        r: &mut Reader<'_>,
        field: &'static str,
    ) -> Result<u16, Malformed> {
        let start = r.offset();
        let skipped = r.compact_size_up_to(field, Self::LAST)?;
        r.limited(start, field, self.next + skipped, Self::LAST)?;
        let skipped = u16::try_from(skipped).unwrap_or(u16::MAX); // held to the limit above
        self.next(skipped);
        Ok(skipped)
    }
}
