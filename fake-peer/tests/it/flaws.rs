//! `fake-peer flaws`, from outside.

use assert_cmd::Command;
use fake_peer::node::FLAWS;

fn flaws(args: &[&str]) -> String {
    let mut command = Command::cargo_bin("fake-peer").unwrap();
    let output = command.arg("flaws").args(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_flaw_is_listed_with_its_source() {
    insta::assert_snapshot!(flaws(&[]));
}

#[test]
fn each_flaw_is_an_object() {
    let text = flaws(&["--json"]);
    assert_eq!(text.lines().count(), FLAWS.len());
    for (line, flaw) in text.lines().zip(FLAWS) {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["name"], flaw.name);
    }
    insta::assert_snapshot!(text.lines().nth(1).unwrap(), @r#"{"about":"A payload of any length is accepted, and its memory is reserved before it arrives","area":"envelope","name":"length-limit-missing","network":"regtest","rules":"network","services":"","source":"Floresta #880"}"#);
}
