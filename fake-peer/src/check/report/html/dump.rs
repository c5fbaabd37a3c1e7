//! Hex dumps.

use std::fmt::Write as _;

const WIDTH: usize = 16;

/// Formats bytes with sixteen per line: the offset, the bytes in hexadecimal, and the bytes as ASCII.
/// `size` is the number of bytes before they were cut off.
pub(super) fn dump(bytes: &[u8], size: usize) -> String {
    let mut text = String::new();
    for (at, row) in bytes.chunks(WIDTH).enumerate() {
        let _ = write!(text, "{:04x} ", at * WIDTH);
        for at in 0..WIDTH {
            let gap = if at == WIDTH / 2 { "  " } else { " " };
            let byte = row
                .get(at)
                .map_or("  ".to_owned(), |byte| format!("{byte:02x}"));
            let _ = write!(text, "{gap}{byte}");
        }
        let ascii = row.iter().map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => '.',
        });
        let _ = writeln!(text, "  {}", ascii.collect::<String>());
    }
    if size > bytes.len() {
        let _ = writeln!(text, "… {} more", size - bytes.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bytes_per_line() {
        let bytes: Vec<_> = (0x58..0x6a).collect();
        insta::assert_snapshot!(dump(&bytes, 20), @r"
        0000  58 59 5a 5b 5c 5d 5e 5f  60 61 62 63 64 65 66 67  XYZ[\]^_`abcdefg
        0010  68 69                                             hi
        … 2 more
        ");
    }
}
