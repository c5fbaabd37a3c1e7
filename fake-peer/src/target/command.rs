//! The command line of a target that we start.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;

/// A program and its arguments, with placeholders that are replaced at each start ([`Places`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    words: Vec<String>,
}

/// The error for a text that is not a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCommandLine {
    /// The text is empty.
    #[error("expected a program and its arguments")]
    Empty,
    /// A quote that is not closed, or a backslash at the end.
    #[error("a quote is not closed")]
    Quote,
}

/// The values of the placeholders in a command line.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The address at which the target has to listen, or at which we listen: `{addr}`, its parts
    /// `{host}` and `{port}`, and `{p2p}`, which is the port too.
    pub address: SocketAddr,
    /// Another free port: `{rpc}`.
    pub rpc: u16,
    /// An empty folder, removed when the target has ended: `{dir}`.
    pub dir: &'a Path,
}

impl FromStr for CommandLine {
    type Err = BadCommandLine;

    /// Splits the text into words like a shell, but without running one: quotes work; variables,
    /// pipes and globs do not.
    fn from_str(text: &str) -> Result<Self, BadCommandLine> {
        let words = shlex::split(text).ok_or(BadCommandLine::Quote)?;
        if words.is_empty() {
            return Err(BadCommandLine::Empty);
        }
        Ok(Self { words })
    }
}

impl fmt::Display for CommandLine {
    /// Writes a text with the same words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words.iter().map(String::as_str);
        f.write_str(&shlex::try_join(words).unwrap_or_default())
    }
}

impl CommandLine {
    /// Returns the words with every placeholder replaced.
    pub fn filled(&self, places: &Places<'_>) -> Vec<String> {
        let port = places.address.port().to_string();
        let texts = [
            ("{addr}", places.address.to_string()),
            ("{host}", places.address.ip().to_string()),
            ("{port}", port.clone()),
            ("{p2p}", port),
            ("{rpc}", places.rpc.to_string()),
            ("{dir}", places.dir.to_string_lossy().into_owned()),
        ];
        let fill = |word: &String| {
            texts.iter().fold(word.clone(), |word, (place, text)| {
                word.replace(place, text)
            })
        };
        self.words.iter().map(fill).collect()
    }

    /// Returns the program.
    pub(super) fn program(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    /// Returns whether a word contains this placeholder.
    pub fn has(&self, place: &str) -> bool {
        self.words.iter().any(|word| word.contains(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell_without_a_shell() {
        let text = r#"node --connect={addr} "two words" $HOME {host}/{port} {p2p}:{rpc} {dir}/x"#;
        let line: CommandLine = text.parse().unwrap();
        let words = line.filled(&Places {
            address: "[::1]:18444".parse().unwrap(),
            rpc: 7,
            dir: Path::new("/tmp/a"),
        });
        let expected = [
            "node",
            "--connect=[::1]:18444",
            "two words",
            "$HOME",
            "::1/18444",
            "18444:7",
            "/tmp/a/x",
        ];
        assert_eq!(words, expected);
        assert_eq!(line.to_string().parse(), Ok(line));
        assert_eq!("".parse::<CommandLine>(), Err(BadCommandLine::Empty));
        assert_eq!("a 'b".parse::<CommandLine>(), Err(BadCommandLine::Quote));
    }
}
