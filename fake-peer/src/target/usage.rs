//! The resources that a process and its children use, from `/proc` (Linux only).

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::attempt::Cost;

/// The resources that a process group uses before a case.
#[derive(Debug, Clone)]
pub(super) struct Usage {
    group: u32,
    resident: u64,
    worked: Duration,
}

/// `/proc` counts in hundredths of a second (`USER_HZ`, which is 100 on all of Linux's platforms
/// that Rust supports).
const TICK: Duration = Duration::from_millis(10);

impl Usage {
    /// Returns the current usage of the group and resets its peaks, or `None` if there is no
    /// `/proc`.
    pub(super) fn of(group: u32) -> Option<Self> {
        for process in processes(group) {
            // "5" resets the peak of resident memory (proc_pid_clear_refs(5)). If that is not
            // allowed, the peak of the node's whole life counts, which can only be higher.
            let _ = fs::write(process.folder.join("clear_refs"), "5");
        }
        let resident = sum(group, |status| field(status, "VmRSS:"))?;
        let worked = worked(group);
        Some(Self {
            group,
            resident,
            worked,
        })
    }

    /// Returns what has been used since.
    pub(super) fn cost(&self) -> Option<Cost> {
        let peak = sum(self.group, |status| field(status, "VmHWM:"))?;
        Some(Cost {
            grown: peak.saturating_sub(self.resident),
            worked: worked(self.group).saturating_sub(self.worked),
        })
    }
}

struct Listed {
    folder: std::path::PathBuf,
    ticks: u64,
}

/// Returns the processes of a group.
fn processes(group: u32) -> Vec<Listed> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let folders = entries.flatten().map(|entry| entry.path());
    folders
        .filter_map(|folder| listed(&folder, group))
        .collect()
}

/// Returns a process if it is in the group. Source: `proc_pid_stat(5)`. The name in parentheses is
/// followed by the state, the parent and the group, and as the 12th and 13th field after it by the
/// times in user and kernel mode.
fn listed(folder: &Path, group: u32) -> Option<Listed> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    (number(2)? == u64::from(group)).then_some(())?;
    Some(Listed {
        folder: folder.to_owned(),
        ticks: number(11)? + number(12)?,
    })
}

fn worked(group: u32) -> Duration {
    let ticks: u64 = processes(group).iter().map(|process| process.ticks).sum();
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

/// Returns the sum of a value in the status of each process of a group, or `None` if no process has
/// it.
fn sum(group: u32, of: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let values = processes(group).into_iter().filter_map(|process| {
        let status = fs::read_to_string(process.folder.join("status")).ok()?;
        of(&status)
    });
    values.reduce(u64::saturating_add)
}

/// Returns a field of `/proc/PID/status` in bytes. The file gives it in kB.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.split_whitespace().next()?;
    number.parse::<u64>().ok()?.checked_mul(1024)
}
