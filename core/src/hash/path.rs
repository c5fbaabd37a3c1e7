//! The ways to hash many headers, and which of them this CPU supports.

use std::fmt;
use std::str::FromStr;

/// A way to hash many headers at once. All give the same digests; they differ in speed.
///
/// The names, as [`Display`](fmt::Display) writes and [`FromStr`] reads them, are `sha-ni`,
/// `avx512`, `avx512vl`, `avx2`, `portable` and `sha2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashPath {
    /// Four headers at a time through the SHA extensions of `x86_64`.
    ShaNi,
    /// 16 lanes in the 512-bit registers of AVX-512.
    Avx512,
    /// 8 lanes in 256-bit registers, with the rotations and three-way logic of AVX-512.
    Avx512Vl,
    /// 8 lanes in the 256-bit registers of AVX2.
    Avx2,
    /// 4 lanes in the vectors that every CPU of the target has: SSE2 on `x86_64`, NEON on
    /// `aarch64`.
    Portable,
    /// One header at a time through crate `sha2`, which uses the SHA extensions of `x86_64` and
    /// Armv8 if the CPU has them.
    Sha2,
}

impl HashPath {
    /// Every path in the order in which [`best`](Self::best) prefers them, with one exception: a
    /// single stream through the SHA extensions of Armv8 comes before `portable`. The
    /// [module](super) has the figures.
    pub const ALL: [Self; 6] = [
        Self::ShaNi,
        Self::Avx512,
        Self::Avx512Vl,
        Self::Avx2,
        Self::Portable,
        Self::Sha2,
    ];

    /// The path that [`hash256_headers`](super::hash256_headers) takes on this CPU.
    pub fn best() -> Self {
        if single_stream_is_best() {
            return Self::Sha2;
        }
        Self::ALL
            .into_iter()
            .find(|path| path.available())
            .unwrap_or(Self::Sha2)
    }

    /// Whether this CPU has the instructions. The standard library asks the CPU once and remembers.
    pub fn available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi => is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vl => {
                is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::ShaNi | Self::Avx512 | Self::Avx512Vl | Self::Avx2 => false,
            Self::Portable | Self::Sha2 => true,
        }
    }

    /// The name that [`FromStr`] reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::ShaNi => "sha-ni",
            Self::Avx512 => "avx512",
            Self::Avx512Vl => "avx512vl",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
            Self::Sha2 => "sha2",
        }
    }
}

/// Whether one stream through crate `sha2` beats the portable lanes, and there is no faster path:
/// with the SHA extensions of Armv8, and on targets without vectors.
fn single_stream_is_best() -> bool {
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(target_arch = "aarch64"))]
    return cfg!(not(target_arch = "x86_64"));
}

impl fmt::Display for HashPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no path, or one that this CPU lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParsePathError {
    /// No path has this name.
    #[error("unknown hash path; this CPU has {Available}")]
    Unknown,
    /// The path needs instructions that this CPU lacks.
    #[error("this CPU lacks hash path {0}; it has {Available}")]
    Unavailable(HashPath),
}

impl FromStr for HashPath {
    type Err = ParsePathError;

    fn from_str(name: &str) -> Result<Self, ParsePathError> {
        let path = Self::ALL
            .into_iter()
            .find(|path| path.name() == name)
            .ok_or(ParsePathError::Unknown)?;
        if path.available() {
            Ok(path)
        } else {
            Err(ParsePathError::Unavailable(path))
        }
    }
}

/// Writes the names of the paths that this CPU has.
struct Available;

impl fmt::Display for Available {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let available = HashPath::ALL.into_iter().filter(|path| path.available());
        for (i, path) in available.enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{path}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_where_the_cpu_has_the_path() {
        for path in HashPath::ALL {
            let parsed = path.name().parse();
            if path.available() {
                assert_eq!(parsed, Ok(path));
            } else {
                assert_eq!(parsed, Err(ParsePathError::Unavailable(path)));
            }
        }
        assert!(HashPath::best().available());
    }

    #[test]
    fn errors_list_what_could_be_asked_for() {
        for name in ["", "AVX2", "avx", "avx2 "] {
            let error = name.parse::<HashPath>().unwrap_err();
            assert_eq!(error, ParsePathError::Unknown, "{name}");
            let text = error.to_string();
            assert!(
                text.starts_with("unknown hash path; this CPU has "),
                "{text}"
            );
            assert!(text.ends_with("portable, sha2"), "{text}");
        }
        let text = ParsePathError::Unavailable(HashPath::Avx512).to_string();
        assert!(
            text.starts_with("this CPU lacks hash path avx512; it has "),
            "{text}"
        );
        assert!(text.ends_with("portable, sha2"), "{text}");
    }
}
