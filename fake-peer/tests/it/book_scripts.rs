//! The scripts that are not cases are valid and formatted: the chapter of the book, and scripts
//! that take longer than a case may.

use std::fs;
use std::path::Path;

use fake_peer::check::{Case, Catalogue};
use fake_peer::script::text::format;
use fake_peer::script::{Script, load};

/// The scripts of a folder, by name.
fn scripts(folder: &str) -> Vec<Script> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scripts")
        .join(folder);
    let mut scripts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        assert_eq!(format(&name, &text).unwrap(), text, "{name}");
        scripts.push(load(&name, &text).unwrap());
    }
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    scripts
}

fn names(scripts: &[Script]) -> String {
    let names: Vec<_> = scripts.iter().map(|script| script.name.as_str()).collect();
    names.join(", ")
}

#[test]
fn the_chapter_is_there_as_scripts() {
    let scripts = scripts("book");
    for script in &scripts {
        let source = &script.sources[0];
        assert!(
            source.starts_with("Programming Bitcoin, chapter 10"),
            "{source}"
        );
    }
    insta::assert_snapshot!(names(&scripts), @"book/command-padding, book/handshake, book/headers-asked, book/headers-faulty, book/headers-served, book/ping");
}

#[test]
fn what_takes_long_is_kept_apart() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/slow");
    let catalogue = Catalogue::from_dir(&folder).unwrap();
    for case in catalogue.cases() {
        assert_eq!(format(case.path(), case.text()).unwrap(), case.text());
    }
    let ids: Vec<_> = catalogue.cases().iter().map(Case::id).collect();
    insta::assert_snapshot!(ids.join(", "), @"blocks/slow/1, handshake/slow/1, handshake/slow/2, handshake/slow/3, handshake/slow/4, handshake/slow/5, inv/slow/1, inv/slow/2");
}
