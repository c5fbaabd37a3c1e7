//! The scripts of the book's chapter make sense, and are in the usual form.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use fake_peer::script::load;
use fake_peer::script::text::format;

#[test]
fn the_chapter_is_there_as_scripts_in_the_usual_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/book");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        let script = load(&name, &text).unwrap();
        let chapter = "Programming Bitcoin, chapter 10";
        assert!(script.sources[0].starts_with(chapter), "{name}");
        assert_eq!(format(&name, &text).unwrap(), text, "{name}");
        names.push(script.name);
    }
    names.sort();
    insta::assert_snapshot!(names.join(", "), @"book/command-padding, book/handshake, book/headers-asked, book/headers-faulty, book/headers-served, book/ping");
}
