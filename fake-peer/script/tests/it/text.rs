//! The text of scripts: what is printed can be read back, and formatting is stable.

use arbitrary::{Arbitrary, Unstructured};
use fake_peer_script::model::Script;
use fake_peer_script::text::{format, parse, print};
use proptest::prelude::*;

fn scripts() -> impl Strategy<Value = Script> {
    proptest::collection::vec(any::<u8>(), 0..4_000).prop_filter_map("too few bytes", |bytes| {
        Script::arbitrary(&mut Unstructured::new(&bytes)).ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_back(script in scripts()) {
        let text = print(&script);
        let parsed = parse(&text).map_err(|problems| TestCaseError::fail(format!("{problems:?}\n{text}")))?;
        prop_assert_eq!(parsed.script, script, "{}", text);
    }

    #[test]
    fn a_printed_script_is_in_the_usual_form(script in scripts()) {
        let text = print(&script);
        prop_assert_eq!(format("", &text).unwrap(), text);
    }

    #[test]
    fn comments_and_empty_lines_stay(script in scripts(), at in proptest::collection::vec(any::<proptest::sample::Index>(), 1..5)) {
        let text = print(&script);
        let mut lines: Vec<&str> = text.lines().collect();
        for (number, index) in at.iter().enumerate() {
            let comment = ["// a comment", "", "  /* one */", "/* of two\n\tlines */ // and more"][number];
            lines.insert(index.index(lines.len() + 1), comment);
        }
        let commented = lines.join("\n");
        let formatted = format("", &commented).unwrap();
        prop_assert_eq!(formatted.matches('/').count(), commented.matches('/').count());
        prop_assert_eq!(format("", &formatted).unwrap(), &*formatted, "{}", commented);
        prop_assert_eq!(parse(&formatted).unwrap().script, script, "{}", formatted);
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = fake_peer_script::load("any.kdl", &text).map_err(|error| format!("{error:#}"));
    }

    #[test]
    fn json_is_read_back(script in scripts()) {
        let json = serde_json::to_string(&script).unwrap();
        prop_assert_eq!(serde_json::from_str::<Script>(&json).unwrap(), script);
    }
}

#[test]
fn the_usual_form() {
    let text = "// top\nscript  x network = regtest{\n\n\n handshake;send ping nonce=0x07 \\\n   { split 4; /* in */ } // behind\n\n\n  // before\n  close // last\n // end\n}";
    insta::assert_snapshot!(format("", text).unwrap(), @"
    // top
    script x network=regtest {
        handshake
        send ping nonce=0x07 {
            split 4
            /* in */
        }

        // before
        close // last
        // end
    }
    ");
}

#[test]
fn required_facts_are_sets_in_the_order_of_reports() {
    let text = "script x network=regtest {
    requires fact=\"asks-for-headers | relays-transactions|asks-for-headers\" without-fact=speaks-first
    handshake
}
";
    let script = fake_peer_script::load("x.kdl", text).unwrap();
    insta::assert_snapshot!(print(&script), @r#"
    script "x" network=regtest {
        requires fact="relays-transactions|asks-for-headers" without-fact=speaks-first
        handshake
    }
    "#);
    insta::assert_snapshot!(fake_peer_script::explain(&script), @"
    x (regtest)
    For a target that asks for announcements of transactions, that sends getheaders after the handshake, that waits for our version.

    1. Shake hands.
    ");
}
