//! What people read: no text uses a phrase that the style guide in CONTRIBUTING bans.
//!
//! The test reads the help of every command as it is printed, and every comment, error message and
//! other text in the sources, the cases and the pages.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A banned phrase, in lower case, and what to write instead. It counts only as whole words.
const BANNED: &[(&str, &str)] = &[
    ("passed over", "ignored, skipped"),
    ("passes over", "ignores, skips"),
    ("such a one", "the noun"),
    ("no such one", "the noun"),
    ("told by", "shown by, detected by"),
    ("is told", "is given, is informed of"),
    ("unless told", "by default"),
    ("told otherwise", "by default"),
    ("tells of", "reports, announces"),
    ("tells whether", "returns whether, reports whether"),
    ("amiss", "wrong"),
    ("of late", "recently"),
    ("nobody knows", "unknown"),
    ("for ever", "forever, without a limit"),
    ("at hand", "available"),
    ("what it is about", "the subject"),
    ("all that is", "everything that is"),
    ("stands for", "is replaced by, means"),
    ("stand for", "are replaced by, mean"),
    ("behind it", "after it"),
    ("behind them", "after them"),
    ("behind its", "after its"),
    ("behind that", "after that"),
    ("behind what", "after what"),
    ("makes no sense", "is invalid"),
    ("make no sense", "are invalid"),
    ("does not make sense", "is invalid"),
    ("do not make sense", "are invalid"),
    ("save for", "except for"),
    ("but for", "except for"),
    ("anew", "again"),
    ("as it stands", "currently"),
    ("drawn from", "generated from"),
    ("no time at all", "nothing, at once"),
    ("in vain", "without an answer, until the time limit"),
    ("a bug of it", "a bug in it"),
    ("as its flaw has it", "because of its flaw"),
    ("not by a shell", "without a shell"),
    ("has it that", "says that"),
    ("its own affair", "does not matter"),
    ("lets go of", "disconnects"),
    ("such as it is", "unchanged"),
];

/// Comments of one question word say nothing.
const EMPTY_DOCS: &[&str] = &[
    "What.", "Where.", "Which.", "How.", "When.", "Whether.", "Why.",
];

#[test]
fn the_help_of_every_command_is_plain_english() {
    let mut texts = Vec::new();
    collect_helps(&[], &mut texts);
    assert!(
        texts
            .iter()
            .any(|(name, _)| name == "fake-peer script check")
    );
    assert_plain(
        texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    );
}

#[test]
fn every_text_in_the_repository_is_plain_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["core", "fixtures", "fake-peer", "fuzz", "benches", "docs"] {
        find(&root.join(folder), &mut files);
    }
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "action.yml",
        "justfile",
    ] {
        files.push(root.join(page));
    }
    let texts: Vec<_> = files
        .iter()
        .filter(|path| !path.ends_with("tests/it/english.rs") && !path.ends_with("CONTRIBUTING.md"))
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let is_code = path.extension().is_some_and(|extension| extension == "rs");
            let text = if is_code { texts_of(&text) } else { text };
            (
                path.strip_prefix(&root).unwrap().display().to_string(),
                text,
            )
        })
        .collect();
    assert!(texts.len() > 1_000, "{}", texts.len());
    assert_plain(
        texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    );
}

#[test]
fn a_banned_phrase_is_found_wherever_a_line_breaks() {
    let found = findings(
        "page",
        "a\n/// The rest is passed\n/// over. Behind iteration.\n/// Where.\n",
    );
    assert_eq!(
        found,
        [
            "page:2: `passed over`; write: ignored, skipped",
            "page:4: `Where.` says nothing",
        ]
    );
}

/// Collects the help of a command, and of the commands below it.
fn collect_helps(arguments: &[&str], texts: &mut Vec<(String, String)>) {
    let text = help(arguments);
    let below = commands(&text);
    texts.push((
        ["fake-peer"]
            .iter()
            .chain(arguments)
            .copied()
            .collect::<Vec<_>>()
            .join(" "),
        text,
    ));
    for command in below {
        collect_helps(&[arguments, &[&command]].concat(), texts);
    }
}

fn help(arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("fake-peer").unwrap();
    let output = command.args(arguments).arg("--help").assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("Commands:\n") else {
        return Vec::new();
    };
    let rows = list.lines().take_while(|line| line.starts_with("  "));
    let words = rows.filter_map(|row| row.split_whitespace().next());
    words
        .filter(|word| *word != "help")
        .map(str::to_owned)
        .collect()
}

/// The texts in which people look for words; generated and recorded files are left out.
fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    const KINDS: [&str; 6] = ["rs", "md", "kdl", "html", "txt", "js"];
    const SKIPPED: [&str; 5] = ["target", "corpus", "snapshots", "captures", "node_modules"];
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !SKIPPED.contains(&&*name) {
                find(&path, files);
            }
        } else if path
            .extension()
            .is_some_and(|kind| KINDS.iter().any(|known| kind == *known))
        {
            files.push(path);
        }
    }
}

/// The lines of code with comments or string literals; the others are empty.
fn texts_of(code: &str) -> String {
    let keep = |line: &str| line.contains("//") || line.contains('"');
    code.lines()
        .map(|line| if keep(line) { line } else { "" })
        .collect::<Vec<_>>()
        .join("\n")
}

fn assert_plain<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) {
    let found: Vec<_> = texts
        .flat_map(|(name, text)| findings(name, text))
        .collect();
    assert!(
        found.is_empty(),
        "{} findings\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Each banned phrase of a text, with its line. A phrase may run over the end of a line.
fn findings(name: &str, text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let own = words(line);
        let next = words(lines.get(at + 1).copied().unwrap_or_default());
        let both = [own.clone(), next].concat();
        for (phrase, instead) in BANNED {
            let phrase_words = words(phrase);
            let mut places = both.windows(phrase_words.len()).take(own.len());
            if places.any(|place| place == phrase_words) {
                found.push(format!("{name}:{}: `{phrase}`; write: {instead}", at + 1));
            }
        }
        let doc = line
            .trim_start()
            .trim_start_matches("///")
            .trim_start_matches("//!")
            .trim();
        if line.trim_start().starts_with("//") && EMPTY_DOCS.contains(&doc) {
            found.push(format!("{name}:{}: `{doc}` says nothing", at + 1));
        }
    }
    found
}

/// The words of a line, in lower case. A comment's marks are no words.
fn words(line: &str) -> Vec<String> {
    line.to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
