//! The table of difficulty periods, with one row for the first header of each.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use fake_peer_core::header::CompactTarget;

/// The heading of the table.
pub(crate) const HEADING: &str = "  height  date        bits              difficulty";

/// The first header of a period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) height: u32,
    pub(crate) time: u32,
    pub(crate) bits: CompactTarget,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { height, time, bits } = *self;
        let (date, wire, difficulty) = (date(time), wire_order(bits), difficulty(bits));
        write!(f, "{height:>8}  {date}  {wire}  {difficulty:>18.2}")
    }
}

/// Formats the day of a header's time in UTC, such as `2009-01-03`.
pub(crate) fn date(time: u32) -> String {
    let moment = UNIX_EPOCH + Duration::from_secs(time.into());
    let mut text = humantime::format_rfc3339_seconds(moment).to_string();
    text.truncate("2009-01-03".len());
    text
}

/// Formats `bits` as four bytes in wire order, as the book prints them.
fn wire_order(bits: CompactTarget) -> String {
    format!("{:08x}", bits.0.swap_bytes())
}

/// Returns the difficulty as a multiple of that of mainnet's easiest target (`GetDifficulty` in
/// Bitcoin Core's `src/rpc/blockchain.cpp`).
fn difficulty(bits: CompactTarget) -> f64 {
    let [exponent, mantissa @ ..] = bits.0.to_be_bytes();
    let [high, middle, low] = mantissa;
    let mantissa = f64::from(u32::from_be_bytes([0, high, middle, low]));
    f64::from(0xffff) / mantissa * 256_f64.powi(29 - i32::from(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Difficulties as block explorers show them.
    #[test]
    fn rows_say_what_the_book_and_the_explorers_say() {
        let row = |height, time, bits| {
            let bits = CompactTarget(bits);
            Row { height, time, bits }.to_string()
        };
        insta::assert_snapshot!(HEADING, @"  height  date        bits              difficulty");
        insta::assert_snapshot!(row(0, 1_231_006_505, 0x1d00_ffff), @"       0  2009-01-03  ffff001d                1.00");
        insta::assert_snapshot!(row(32_255, 1_262_152_739, 0x1d00_ffff), @"   32255  2009-12-30  ffff001d                1.00");
        insta::assert_snapshot!(row(32_256, 1_262_153_464, 0x1d00_d86a), @"   32256  2009-12-30  6ad8001d                1.18");
        insta::assert_snapshot!(row(840_000, 1_713_571_767, 0x1703_4219), @"  840000  2024-04-20  19420317   86388558925171.02");
        insta::assert_snapshot!(row(0, 1_296_688_602, 0x207f_ffff), @"       0  2011-02-02  ffff7f20                0.00");
    }
}
