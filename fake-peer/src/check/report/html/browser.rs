//! Tests of the pages in a browser, if one is installed.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::{html, matrix};
use crate::check::{Matrix, sample};

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A page in a folder of its own.
struct Page {
    folder: TempDir,
}

/// A page as a browser shows it.
struct Seen {
    dom: String,
    log: String,
}

impl Page {
    fn new(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("page.html"), text).unwrap();
        Self { folder }
    }

    /// Opens the page in a browser, or returns `None` if none is installed.
    fn open(&self, fragment: &str) -> Option<Seen> {
        let Some(browser) = browser() else {
            eprintln!("SKIPPED: the page is not tested, because Chromium is not installed");
            return None;
        };
        let output = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
            .args(["--enable-logging=stderr", "--v=0"])
            .arg(format!(
                "--user-data-dir={}",
                self.folder.path().join("profile").display()
            ))
            .arg(format!(
                "file://{}/page.html#{fragment}",
                self.folder.path().display()
            ))
            .output()
            .unwrap();
        Some(Seen {
            dom: String::from_utf8(output.stdout).unwrap(),
            log: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

impl Seen {
    /// Returns the ids of the cases that are not hidden, and whether they are open.
    fn cases(&self) -> Vec<(String, bool)> {
        let tags = self.dom.split("<details class=\"case").skip(1);
        let tags = tags.filter_map(|text| text.split_once('>').map(|(tag, _)| tag));
        let shown = tags.filter(|tag| !tag.contains(" hidden"));
        let id = |tag: &str| {
            tag.split("id=\"")
                .nth(1)?
                .split('"')
                .next()
                .map(ToOwned::to_owned)
        };
        shown
            .filter_map(|tag| Some((id(tag)?, tag.contains(" open"))))
            .collect()
    }

    fn ids(&self) -> Vec<String> {
        self.cases().into_iter().map(|(id, _)| id).collect()
    }

    /// Returns what the page wrote to its console: errors and violations of the policy.
    fn complaints(&self) -> Vec<&str> {
        self.log
            .lines()
            .filter(|line| line.contains("CONSOLE"))
            .collect()
    }
}

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let files = folders
        .iter()
        .flat_map(|folder| NAMES.map(|name| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

#[test]
fn the_address_filters() {
    let page = Page::new(&html(&sample::run()).unwrap());
    let Some(all) = page.open("") else { return };
    assert_eq!(all.complaints(), [""; 0]);
    assert_eq!(all.ids().len(), sample::run().cases.len());
    let shown = |fragment| page.open(fragment).unwrap().ids();
    assert_eq!(
        shown("verdict=fail,error&level=must"),
        ["headers/pow/1", "inv/count/1"]
    );
    assert_eq!(shown("area=ping&q=nonce+before"), ["ping/pong/2"]);
    assert_eq!(shown("area=ping"), ["ping/pong/1", "ping/pong/2"]);
    assert_eq!(shown("q=%").len(), 0);
}

#[test]
fn the_address_opens_a_case() {
    let page = Page::new(&html(&sample::run()).unwrap());
    let Some(seen) = page.open("headers/pow/10") else {
        return;
    };
    let open = seen.cases().into_iter().filter(|(_, open)| *open);
    assert_eq!(
        open.map(|(id, _)| id).collect::<Vec<_>>(),
        ["headers/pow/10"]
    );
    assert_eq!(seen.complaints(), [""; 0]);
}

/// Returns a page in which keys are pressed, one after the other. Its policy is removed, so that the
/// script that presses them can run.
fn pressing(text: &str, keys: &[&str]) -> Page {
    let press = keys.iter().map(|key| {
        format!("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}));")
    });
    let presses = format!(
        "<script>{}document.title = (document.activeElement.closest('.case') ?? document.activeElement).id || document.activeElement.name</script></body>",
        press.collect::<String>()
    );
    Page::new(
        &text
            .replace("Content-Security-Policy", "none")
            .replace("</body>", &presses),
    )
}

#[test]
fn keys_move_and_search() {
    let text = html(&sample::run()).unwrap();
    let focus = |fragment, keys: &[&str]| {
        let seen = pressing(&text, keys).open(fragment)?;
        let (_, title) = seen.dom.split_once("<title>").unwrap();
        let (title, _) = title.split_once("</title>").unwrap();
        Some(title.to_owned())
    };
    let Some(second) = focus("verdict=fail", &["j", "j"]) else {
        return;
    };
    assert_eq!(second, "envelope/length/2");
    assert_eq!(
        focus("verdict=fail", &["j", "j", "k"]).unwrap(),
        "envelope/length/1"
    );
    assert_eq!(focus("headers/pow/1", &["j"]).unwrap(), "headers/pow/10");
    assert_eq!(focus("", &["/"]).unwrap(), "q");
}

#[test]
fn a_hostile_target_runs_no_script() {
    let page = Page::new(&html(&sample::hostile()).unwrap());
    let Some(seen) = page.open("q=alert") else {
        return;
    };
    assert_eq!(seen.ids().len(), 1);
    assert_eq!(seen.complaints(), [""; 0]);
}

#[test]
fn our_script_is_the_only_one_that_runs() {
    let honest = html(&sample::run()).unwrap();
    let page = Page::new(&honest.replace(
        "<footer>",
        "<script>document.title = 'theirs'</script><footer>",
    ));
    let Some(seen) = page.open("") else { return };
    assert!(!seen.dom.contains("<title>theirs"));
    let complaints = seen.complaints();
    assert!(
        complaints.len() == 1 && complaints[0].contains("Content Security Policy"),
        "{complaints:?}"
    );
}

#[test]
fn the_matrix_can_show_disagreements_only() {
    let runs = [
        ("a".to_owned(), sample::run()),
        ("b".to_owned(), sample::other_run()),
    ];
    let page = Page::new(&matrix(&Matrix::of(&runs)).unwrap());
    let Some(seen) = page.open("disagree=yes") else {
        return;
    };
    assert_eq!(seen.ids(), ["envelope/length/1", "handshake/order/2"]);
    assert_eq!(seen.complaints(), [""; 0]);
}
