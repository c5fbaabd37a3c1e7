//! A target that we start: its command line, its output, and its end.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A program and its arguments. `{addr}`, `{host}` and `{port}` stand for an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    words: Vec<String>,
}

/// The text is no command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCommandLine {
    /// There is nothing to start.
    #[error("expected a program and its arguments")]
    Empty,
    /// A quote that is not closed, or a backslash at the end.
    #[error("a quote is not closed")]
    Quote,
}

impl FromStr for CommandLine {
    type Err = BadCommandLine;

    /// Splits the text into words as a shell does, without a shell: there are quotes, and no
    /// variables, pipes or globs.
    fn from_str(text: &str) -> Result<Self, BadCommandLine> {
        let words = shlex::split(text).ok_or(BadCommandLine::Quote)?;
        if words.is_empty() {
            return Err(BadCommandLine::Empty);
        }
        Ok(Self { words })
    }
}

impl fmt::Display for CommandLine {
    /// A text with the same words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words.iter().map(String::as_str);
        f.write_str(&shlex::try_join(words).unwrap_or_default())
    }
}

impl CommandLine {
    /// The words, with an address in place of `{addr}`, `{host}` and `{port}`.
    pub fn with(&self, address: SocketAddr) -> Vec<String> {
        let (all, port) = (address.to_string(), address.port().to_string());
        let host = address.ip().to_string();
        self.filled(&[("{addr}", &all), ("{host}", &host), ("{port}", &port)])
    }

    /// The words, with a text in place of each of these places.
    pub fn filled(&self, places: &[(&str, &str)]) -> Vec<String> {
        let fill = |word: &String| {
            places.iter().fold(word.clone(), |word, (place, text)| {
                word.replace(place, text)
            })
        };
        self.words.iter().map(fill).collect()
    }

    /// Whether this place is in one of the words.
    pub fn has(&self, place: &str) -> bool {
        self.words.iter().any(|word| word.contains(place))
    }
}

/// A program that runs. Dropped, it is killed with all that it started.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// The number of its group, which what it started has even when it has ended itself.
    group: Option<u32>,
    output: Arc<Mutex<Tail>>,
    readers: JoinSet<()>,
}

/// How a program ended, and the last that it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessEnd {
    /// How it ended by itself; nothing if it ran until we killed it.
    pub status: Option<ExitStatus>,
    /// The end of its stdout and stderr, as they came.
    pub output: String,
}

/// How much of the output is kept.
const OUTPUT: usize = 16 * 1024;

/// How long what a dead program wrote may be on its way.
const LAST_WORDS: Duration = Duration::from_millis(200);

impl Process {
    /// Starts a program. It reads nothing, and is in a process group of its own.
    ///
    /// # Errors
    /// The system's: there is no such program, say.
    pub fn start(words: &[String]) -> io::Result<Self> {
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let output = Arc::new(Mutex::new(Tail::default()));
        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            readers.spawn(keep_tail(stdout, Arc::clone(&output)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.spawn(keep_tail(stderr, Arc::clone(&output)));
        }
        Ok(Self {
            group: child.id(),
            child,
            output,
            readers,
        })
    }

    /// The number of its process group: its own, and of all that it started.
    pub fn group(&self) -> Option<u32> {
        self.group
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// The system's.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Gives it this long to end by itself, and kills it.
    pub async fn finish(mut self, patience: Duration) -> ProcessEnd {
        let status = timeout(patience, self.child.wait()).await;
        let status = status.ok().and_then(Result::ok);
        self.kill();
        let readers = &mut self.readers;
        let _ = timeout(LAST_WORDS, async {
            while readers.join_next().await.is_some() {}
        })
        .await;
        let output = locked(&self.output).text();
        ProcessEnd { status, output }
    }

    #[cfg(unix)]
    fn kill(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let group = self.group.take().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = group.and_then(Pid::from_raw) {
            // It may have ended in the meantime.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    #[cfg(not(unix))]
    fn kill(&mut self) {
        self.group = None;
        let _ = self.child.start_kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl ProcessEnd {
    /// Whether a signal ended it, as a crash does.
    pub fn crashed(&self) -> bool {
        self.status.is_some_and(by_signal)
    }
}

#[cfg(unix)]
fn by_signal(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal().is_some()
}

/// There are no signals: an exception is a status with its two upper bits set.
#[cfg(not(unix))]
fn by_signal(status: ExitStatus) -> bool {
    status.code().is_some_and(|code| code < -0x3fff_ffff)
}

/// The last bytes of a stream.
#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
    left_out: bool,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let over = self.bytes.len().saturating_sub(OUTPUT);
        self.left_out |= over > 0;
        self.bytes.drain(..over);
    }

    fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        match text.split_once('\n') {
            // The first line may lack its beginning.
            Some((_, rest)) if self.left_out => rest.to_owned(),
            _ => text.to_owned(),
        }
    }
}

async fn keep_tail(mut stream: impl AsyncRead + Unpin, tail: Arc<Mutex<Tail>>) {
    let mut buffer = vec![0; 4 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        locked(&tail).push(&buffer[..count]);
    }
}

/// Nobody panics with the lock held; if somebody did, the bytes would be right all the same.
fn locked(tail: &Mutex<Tail>) -> std::sync::MutexGuard<'_, Tail> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell_without_a_shell() {
        let line: CommandLine = r#"node --connect={addr} "two words" $HOME {host}/{port}"#
            .parse()
            .unwrap();
        let words = line.with("[::1]:18444".parse().unwrap());
        let expected = [
            "node",
            "--connect=[::1]:18444",
            "two words",
            "$HOME",
            "::1/18444",
        ];
        assert_eq!(words, expected);
        assert_eq!("".parse::<CommandLine>(), Err(BadCommandLine::Empty));
        assert_eq!("a 'b".parse::<CommandLine>(), Err(BadCommandLine::Quote));
    }

    #[test]
    fn of_a_long_output_the_last_whole_lines_are_kept() {
        let mut tail = Tail::default();
        for number in 0..10_000 {
            tail.push(format!("line {number}\n").as_bytes());
        }
        let text = tail.text();
        assert!(text.starts_with("line ") && text.ends_with("line 9999"));
        assert!(text.len() <= OUTPUT);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn how_it_ended_and_what_it_said() {
        let sh = |script: &str| Process::start(&["sh", "-c", script].map(str::to_owned)).unwrap();
        let end = sh("echo out; echo err >&2; exit 7")
            .finish(Duration::from_secs(20))
            .await;
        assert_eq!(end.status.and_then(|status| status.code()), Some(7));
        assert!(!end.crashed());
        assert!(
            end.output.contains("out") && end.output.contains("err"),
            "{end:?}"
        );
        let end = sh("kill -SEGV $$").finish(Duration::from_secs(20)).await;
        assert!(end.crashed(), "{end:?}");
        // It waits for ever, and so does what it started; the pipe ends when both are gone.
        let end = sh("echo up; sleep 1000 & wait")
            .finish(Duration::ZERO)
            .await;
        assert_eq!(end.status, None);
    }
}
