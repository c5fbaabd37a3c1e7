//! How the target `script` reads its bytes.

use fake_peer::check::Catalogue;
use fake_peer::script::load;
use fake_peer::script::text::print;
use fake_peer_fuzz::script_of;

/// A text is played unchanged if its numbers are small: a fuzzer's changes to a case are what is
/// played.
#[test]
fn a_small_case_is_played_unchanged() {
    let catalogue = Catalogue::embedded().unwrap();
    let cases = catalogue.cases();
    let same = cases
        .iter()
        .filter(|case| script_of(case.text().as_bytes()).as_ref() == Some(&**case.script()));
    assert!(same.count() > cases.len() / 2);
}

#[test]
fn invalid_steps_are_removed() {
    let text = r"
        script x network=regtest {
            chain length=1000000
            chain two length=1000 {
                fault link at=60
            }
            send ping unknown=1
            expect-one-of {
                pass {
                    expect pong unknown=1
                }
                pass {
                    barrier
                }
            }
            repeat 1000 {
                send headers chain=main from=1
                send headers chain=two from=60
            }
        }
    ";
    let script = script_of(text.as_bytes()).unwrap();
    let text = print(&script);
    insta::assert_snapshot!(text, @r#"
    script "x" network=regtest {
        chain length=50
        expect-one-of {
            pass {
                barrier
            }
        }
        repeat 10 {
            send headers from=1
        }
    }
    "#);
    assert_eq!(load("", &text).unwrap(), script);
}
