//! A process that we start, its output, and its end.

use std::collections::VecDeque;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// A running process. When it is dropped, the process and everything that it started are killed.
#[derive(Debug)]
pub struct Process {
    observer: Observer,
    /// The id of its process group, which its children keep after it has ended.
    group: Option<u32>,
    readers: JoinSet<()>,
}

/// Sees whether a process has ended, and how. It may outlive the [`Process`].
#[derive(Debug, Clone)]
pub(super) struct Observer {
    watched: Arc<Mutex<Watched>>,
    output: Arc<Mutex<Tail>>,
}

/// A child process, and its end.
#[derive(Debug)]
struct Watched {
    child: Child,
    /// Whether SIGTERM was sent before the process had ended.
    asked: bool,
    end: Option<End>,
}

/// How a process ended, and its last output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessEnd {
    /// How it ended.
    pub end: End,
    /// The end of its stdout and stderr, in the order in which they arrived.
    pub output: String,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It ended by itself.
    ByItself(ExitStatus),
    /// It ended because we sent SIGTERM.
    Asked(ExitStatus),
    /// We killed it (SIGKILL), because it did not end in time after SIGTERM.
    Killed,
}

/// How much of the output is kept, in bytes.
const OUTPUT: usize = 16 * 1024;

/// How long to wait for the rest of a process's output after it has ended.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// The longest pause between two looks at a process.
const PAUSE: Duration = Duration::from_millis(10);

impl Process {
    /// Starts a program without input, in a process group of its own.
    ///
    /// # Errors
    /// The system's error, for example if the program does not exist.
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
            locked(&output).open += 1;
            readers.spawn(keep_tail(stdout, Arc::clone(&output)));
        }
        if let Some(stderr) = child.stderr.take() {
            locked(&output).open += 1;
            readers.spawn(keep_tail(stderr, Arc::clone(&output)));
        }
        let group = child.id();
        let watched = Watched {
            child,
            asked: false,
            end: None,
        };
        Ok(Self {
            observer: Observer {
                watched: Arc::new(Mutex::new(watched)),
                output,
            },
            group,
            readers,
        })
    }

    /// Returns the id of its process group, which contains everything that it started.
    pub fn group(&self) -> Option<u32> {
        self.group
    }

    /// Returns an observer of the process.
    pub(super) fn observer(&self) -> &Observer {
        &self.observer
    }

    /// Ends the process and everything that it started: waits `patience` for it to end by itself,
    /// then sends SIGTERM, waits `grace`, and kills what is left (SIGKILL).
    pub async fn finish(mut self, patience: Duration, grace: Duration) -> ProcessEnd {
        // If it has not ended by then, it is asked to.
        let _ = timeout(patience, self.observer.ended()).await;
        locked(&self.observer.watched).note_request();
        self.signal(Ask::End);
        let end = timeout(grace, self.observer.ended()).await;
        // Its children have the other ends of the pipes, and may still write to them.
        let rest = async { while self.readers.join_next().await.is_some() {} };
        let rest = timeout(if end.is_ok() { grace } else { Duration::ZERO }, rest);
        let is_quiet = rest.await.is_ok();
        self.signal(Ask::Kill);
        self.group = None;
        if !is_quiet {
            let _ = timeout(LAST_WORDS, async {
                while self.readers.join_next().await.is_some() {}
            })
            .await;
        }
        ProcessEnd {
            end: end.unwrap_or(End::Killed),
            output: locked(&self.observer.output).text(),
        }
    }

    /// Sends a signal to the process group, which may have ended in the meantime.
    #[cfg(unix)]
    fn signal(&mut self, ask: Ask) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let signal = match ask {
            Ask::End => Signal::TERM,
            Ask::Kill => Signal::KILL,
        };
        let group = self.group.and_then(|id| i32::try_from(id).ok());
        if let Some(group) = group.and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }

    /// Without SIGTERM, the process is killed.
    #[cfg(not(unix))]
    fn signal(&mut self, _: Ask) {
        let _ = locked(&self.observer.watched).child.start_kill();
    }
}

impl Observer {
    /// Returns how the process ended, or `None` if it is running.
    pub(super) fn end(&self) -> Option<End> {
        locked(&self.watched).look()
    }

    /// Waits until the process has ended, and returns how.
    pub(super) async fn ended(&self) -> End {
        // Several observers may wait, but a child wakes only one of them. So each looks again and
        // again, at first after a millisecond.
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(end) = self.end() {
                return end;
            }
            sleep(pause).await;
            pause = PAUSE.min(pause * 2);
        }
    }

    /// Returns how the process ended and its last output, after a short wait for the rest of it, or
    /// `None` if the process is running or was asked to end.
    pub(super) async fn ended_by_itself(&self) -> Option<ProcessEnd> {
        let end @ End::ByItself(_) = self.end()? else {
            return None;
        };
        let is_read = async {
            while locked(&self.output).is_open() {
                sleep(PAUSE).await;
            }
        };
        // Its children may keep the pipes open.
        let _ = timeout(LAST_WORDS, is_read).await;
        let output = locked(&self.output).text();
        Some(ProcessEnd { end, output })
    }
}

impl Watched {
    fn look(&mut self) -> Option<End> {
        if self.end.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            self.end = Some(if self.asked {
                End::Asked(status)
            } else {
                End::ByItself(status)
            });
        }
        self.end
    }

    /// Notes that the process is asked to end, unless it has ended before.
    fn note_request(&mut self) {
        self.asked = self.look().is_none();
    }
}

/// The request that a signal makes.
#[derive(Debug, Clone, Copy)]
enum Ask {
    End,
    Kill,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Ask::Kill);
    }
}

impl ProcessEnd {
    /// Returns its exit status if it ended by itself.
    pub fn status(&self) -> Option<ExitStatus> {
        match self.end {
            End::ByItself(status) => Some(status),
            End::Asked(_) | End::Killed => None,
        }
    }

    /// Returns whether it ended by itself with a failure: a status other than 0, or a signal.
    pub fn failed(&self) -> bool {
        self.status().is_some_and(|status| !status.success())
    }

    /// Returns whether it was ended by a signal that we did not send, such as that of a crash.
    pub fn crashed(&self) -> bool {
        self.status().is_some_and(by_signal)
    }
}

#[cfg(unix)]
fn by_signal(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal().is_some()
}

/// Without signals, an exception is a status with its two upper bits set.
#[cfg(not(unix))]
fn by_signal(status: ExitStatus) -> bool {
    status.code().is_some_and(|code| code < -0x3fff_ffff)
}

/// The last bytes of a stream.
#[derive(Debug, Default)]
struct Tail {
    bytes: VecDeque<u8>,
    left_out: bool,
    /// The number of streams that are still read into it.
    open: usize,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let over = self.bytes.len().saturating_sub(OUTPUT);
        self.left_out |= over > 0;
        self.bytes.drain(..over);
    }

    fn is_open(&self) -> bool {
        self.open > 0
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
    locked(&tail).open -= 1;
}

/// No code panics while a lock is held. If it did, the value would still be valid.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    mod on_unix {
        use super::*;

        const LONG: Duration = Duration::from_secs(20);

        fn sh(script: &str) -> Process {
            Process::start(&["sh", "-c", script].map(str::to_owned)).unwrap()
        }

        /// Waits until the process has printed this text.
        async fn printed(process: &Process, text: &str) {
            while !locked(&process.observer.output).text().contains(text) {
                tokio::task::yield_now().await;
            }
        }

        #[tokio::test]
        async fn the_end_is_observed_with_the_last_output() {
            let end = sh("echo out; echo err >&2; exit 7");
            let end = end.finish(LONG, LONG).await;
            assert_eq!(end.status().and_then(|status| status.code()), Some(7));
            assert!(!end.crashed());
            assert!(
                end.output.contains("out") && end.output.contains("err"),
                "{end:?}"
            );
            let end = sh("kill -SEGV $$").finish(LONG, LONG).await;
            assert!(end.crashed(), "{end:?}");
        }

        #[tokio::test]
        async fn one_that_runs_is_asked_to_end_and_can_write_what_it_has() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("coverage");
            let script = format!(
                "trap 'echo counters > {}; exit 0' TERM; echo up; sleep 1000 & wait",
                file.display()
            );
            let process = sh(&script);
            printed(&process, "up").await;
            let end = process.finish(Duration::ZERO, LONG).await;
            assert!(
                matches!(end.end, End::Asked(status) if status.success()),
                "{end:?}"
            );
            assert_eq!(std::fs::read_to_string(file).unwrap(), "counters\n");
        }

        #[tokio::test]
        async fn one_that_ignores_the_request_is_killed_after_the_grace_period() {
            let process = sh("trap '' TERM; echo up; while true; do sleep 1000; done");
            printed(&process, "up").await;
            let end = process
                .finish(Duration::ZERO, Duration::from_millis(50))
                .await;
            assert_eq!(end.end, End::Killed);
            assert_eq!(end.status(), None);
        }

        #[tokio::test]
        async fn what_it_started_is_asked_too() {
            let process =
                sh("(trap 'echo child ended; exit 0' TERM; echo up; sleep 1000 & wait) & wait");
            printed(&process, "up").await;
            let end = process.finish(Duration::ZERO, LONG).await;
            assert!(end.output.contains("child ended"), "{end:?}");
        }
    }
}
