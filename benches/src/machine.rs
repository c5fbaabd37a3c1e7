//! The machine that figures were measured on.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::SystemTime;

use fake_peer_core::hash::HashPath;

/// The CPU flags that affect the speed of hashing, by their names in Linux.
const FLAGS: [&str; 5] = ["avx2", "avx512f", "avx512vl", "sha_ni", "sha2"];

/// The CPU, its flags that matter, the chosen path, the compiler and the date.
pub fn description(path: HashPath) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = field(&cpu, "flags").or_else(|| field(&cpu, "Features"));
    let flags: Vec<_> = flags
        .unwrap_or_default()
        .split(' ')
        .filter(|flag| FLAGS.contains(flag))
        .collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let date = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "- {name}: {value}"); // a string takes whatever comes
    };
    row(
        "CPU",
        &format!(
            "{}, {cores} cores, flags {}",
            field(&cpu, "model name").unwrap_or("unknown"),
            flags.join(" ")
        ),
    );
    row("Hash path", path.name());
    row("Compiler", rustc().as_deref().unwrap_or("unknown").trim());
    row("Date", date.get(..10).unwrap_or_default());
    text
}

fn field<'a>(cpuinfo: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.trim() == name)?;
    Some(value.trim())
}

fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let cpu = "model\t\t: 1\nmodel name\t: AMD EPYC\nflags\t\t: avx2 sha_ni\n";
        assert_eq!(field(cpu, "model name"), Some("AMD EPYC"));
        assert_eq!(field(cpu, "flags"), Some("avx2 sha_ni"));
        assert_eq!(field(cpu, "Features"), None);
    }

    #[test]
    fn the_description_names_the_path() {
        let text = description(HashPath::Sha2);
        assert!(text.contains("\n- Hash path: sha2\n"), "{text}");
        assert_eq!(text.lines().count(), 4);
    }
}
