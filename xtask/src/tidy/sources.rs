//! Rules that hold for the lines of a single file.

use super::{Problems, Source};

/// The longest a file may be, its tests included.
const LONGEST: usize = 500;

/// Where the one function that reads the time lies.
const CLOCK: &str = "crates/backend/src/clock.rs";

/// Where colours are spelled.
const TOKENS: &str = "style/tokens.css";

/// The file that spells what the others must not.
const THIS: &str = "xtask/src/tidy/sources.rs";

pub fn check(source: &Source) -> Problems {
    if source.path == THIS {
        return length(source);
    }
    [
        length(source),
        colours(source),
        style_attributes(source),
        allowances(source),
        test_habits(source),
        time(source),
        markup_and_memory_of_the_browser(source),
        statements(source),
    ]
    .concat()
}

fn length(source: &Source) -> Problems {
    let length = source.text.lines().count();
    if length <= LONGEST || !["rs", "ts", "css"].iter().any(|extension| source.is(extension)) {
        return Problems::new();
    }
    vec![format!("{}: {length} lines, at most {LONGEST}", source.path)]
}

/// Colours have names; only the tokens spell them. E-mail is apart, because its readers know no custom properties.
fn colours(source: &Source) -> Problems {
    let shown = source.is("css") || (source.is("rs") && source.path.starts_with("app/src/"));
    if !shown || source.path == TOKENS {
        return Problems::new();
    }
    lines_with(source, "a colour is spelled outside style/tokens.css", spells_colour)
}

fn spells_colour(line: &str) -> bool {
    const FUNCTIONS: [&str; 9] = [
        "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(",
    ];
    FUNCTIONS.iter().any(|function| line.contains(function)) || line.split('#').skip(1).any(starts_with_hex_colour)
}

fn starts_with_hex_colour(after_hash: &str) -> bool {
    let word: String = after_hash
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || "-_".contains(*letter))
        .collect();
    [3, 4, 6, 8].contains(&word.len()) && word.chars().all(|letter| letter.is_ascii_hexdigit())
}

/// The content security policy blocks `style=` in server-rendered pages.
fn style_attributes(source: &Source) -> Problems {
    if !source.is("rs") || !source.path.starts_with("app/src/") {
        return Problems::new();
    }
    lines_with(
        source,
        "a style attribute: the content security policy blocks it",
        |line| {
            let attribute = line.trim_start();
            let written = |start: &str| attribute.starts_with(start) || line.contains(&format!(" {start}"));
            written("style=")
                || line
                    .split("style:")
                    .skip(1)
                    .any(|after| after.starts_with(|next: char| next.is_ascii_lowercase()))
        },
    )
}

/// `expect` with a reason says when it is no longer needed; `allow` never does.
fn allowances(source: &Source) -> Problems {
    if !source.is("rs") {
        return Problems::new();
    }
    lines_with(source, "allow: use expect with a reason", |line| {
        line.contains("#[allow(") || line.contains("#![allow(")
    })
}

/// A browser test waits for what is to happen, and none is left out.
fn test_habits(source: &Source) -> Problems {
    if !source.is("ts") || !source.path.starts_with("end2end/") {
        return Problems::new();
    }
    let banned = ["waitForTimeout", ".only(", ".skip(", ".fixme("];
    lines_with(source, "no waiting for time, no test left out", |line| {
        banned.iter().any(|word| line.contains(word))
    })
}

/// Time is injected, or no test could say what time it is.
fn time(source: &Source) -> Problems {
    if !source.is("rs") || source.path == CLOCK {
        return Problems::new();
    }
    let ambient = ["SystemTime::now", "Timestamp::now", "Zoned::now"];
    lines_with(source, "only the clock reads the time", |line| {
        ambient.iter().any(|call| line.contains(call))
    })
}

/// Where a toast waits for the next page, which takes it away.
const TOAST: &str = "app/src/ui/toast.rs";

/// Where markup is put into a page: what `ui/markup.rs` has written, and the page's own script.
const MARKUP: [&str; 5] = [
    "app/src/server/shell.rs",
    "app/src/ui/bar_chart.rs",
    "app/src/ui/table.rs",
    "app/src/ui/text_area.rs",
    "app/src/ui/toolbar.rs",
];

/// In the browser nothing typed becomes script or markup, and nothing is kept but the theme's cookie and a toast.
fn markup_and_memory_of_the_browser(source: &Source) -> Problems {
    let shown = source.path.starts_with("app/src/") || source.path.starts_with("frontend/src/");
    if !source.is("rs") || !shown {
        return Problems::new();
    }
    let keeps = |line: &str| source.path != TOAST && line.contains("session_storage(");
    let marks = |line: &str| !MARKUP.contains(&&*source.path) && line.contains("inner_html");
    let banned = [
        "eval(",
        "set_inner_html",
        "set_outer_html",
        "insert_adjacent_html",
        "create_contextual_fragment",
        "srcdoc",
        "document_write",
        "post_message",
        "local_storage(",
        "indexed_db(",
    ];
    lines_with(
        source,
        "no script or markup from text, nothing kept in the browser",
        |line| keeps(line) || marks(line) || banned.iter().any(|word| line.contains(word)),
    )
}

/// Statements are made of fixed text; sqlx is told otherwise where the pieces are put together, and in tests.
fn statements(source: &Source) -> Problems {
    let places = ["crates/store/src/sql.rs", "crates/store/src/testing.rs"];
    if !source.is("rs") || places.contains(&source.path.as_str()) {
        return Problems::new();
    }
    lines_with(source, "a statement that is no fixed text", |line| {
        line.contains("AssertSqlSafe")
    })
}

/// The lines, comments aside, for which `is_wrong` holds.
fn lines_with(source: &Source, what: &str, is_wrong: impl Fn(&str) -> bool) -> Problems {
    let code = source.lines().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.filter(|(_, line)| is_wrong(line))
        .map(|(number, _)| format!("{}:{number}: {what}", source.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> Problems {
        check(&Source {
            path: path.into(),
            text: text.into(),
        })
    }

    #[test]
    fn long_files_are_found() {
        assert!(problems("app/src/lib.rs", &"x\n".repeat(500)).is_empty());
        assert_eq!(
            problems("app/src/lib.rs", &"x\n".repeat(501)),
            ["app/src/lib.rs: 501 lines, at most 500"]
        );
        assert!(problems("Cargo.lock", &"x\n".repeat(501)).is_empty());
    }

    #[test]
    fn colours_are_found_outside_the_tokens() {
        for colour in ["#fff", "#1a2b3c", "#1A2B3C80", "rgb(0 0 0)", "oklch(0.5 0.1 200)"] {
            let css = format!("a {{ color: {colour}; }}");
            assert_eq!(problems("style/components/button.css", &css).len(), 1, "{colour}");
            assert_eq!(
                problems("app/src/ui/chart.rs", &format!("fill=\"{colour}\"")).len(),
                1,
                "{colour}"
            );
            assert!(problems("style/tokens.css", &css).is_empty());
        }
        for fine in ["#main-navigation {}", "color: var(--text);", "url(\"a.svg#chart\")"] {
            assert!(problems("style/base.css", fine).is_empty(), "{fine}");
        }
    }

    #[test]
    fn style_attributes_are_found() {
        for wrong in [
            "<p style=\"color: red\">",
            "style=move || width()",
            "<p style:width=\"1px\">",
        ] {
            assert_eq!(problems("app/src/ui/page.rs", wrong).len(), 1, "{wrong}");
        }
        for fine in ["let style = 1;", "Look { style: Style::Plain }", "<p class=\"style\">"] {
            assert!(problems("app/src/ui/page.rs", fine).is_empty(), "{fine}");
        }
    }

    #[test]
    fn allowances_are_found() {
        assert_eq!(problems("server/src/main.rs", "#[allow(dead_code)]").len(), 1);
        assert_eq!(problems("server/src/main.rs", "#![allow(dead_code)]").len(), 1);
        assert!(problems("server/src/main.rs", "#[expect(dead_code, reason = \"soon\")]").is_empty());
    }

    #[test]
    fn bad_test_habits_are_found() {
        for wrong in [
            "await page.waitForTimeout(100)",
            "test.only('x', …)",
            "test.skip('x', …)",
            "test.describe.only('x')",
        ] {
            assert_eq!(problems("end2end/tests/users.spec.ts", wrong).len(), 1, "{wrong}");
        }
        assert!(problems("end2end/tests/users.spec.ts", "await expect(row).toBeVisible()").is_empty());
    }

    #[test]
    fn reading_the_time_is_found() {
        for wrong in ["SystemTime::now()", "jiff::Timestamp::now()"] {
            assert_eq!(problems("crates/backend/src/users.rs", wrong).len(), 1, "{wrong}");
            assert!(problems(CLOCK, wrong).is_empty());
        }
        assert!(problems("crates/backend/src/users.rs", "// not Timestamp::now, but the clock").is_empty());
    }

    #[test]
    fn script_from_text_and_what_a_browser_would_keep_are_found() {
        for wrong in [
            "element.set_inner_html(&name)",
            "js_sys::eval(text)",
            "window.local_storage()",
            "window().session_storage()",
            "<p inner_html=name></p>",
            "p().inner_html(name)",
        ] {
            assert_eq!(problems("app/src/ui/card.rs", wrong).len(), 1, "{wrong}");
        }
        assert!(problems("app/src/ui/table.rs", "element.set_text_content(Some(&name))").is_empty());
        assert!(problems(TOAST, "window().session_storage()").is_empty());
        assert!(problems(MARKUP[2], "<tbody inner_html=rows.into_html()></tbody>").is_empty());
    }

    #[test]
    fn a_statement_that_is_no_fixed_text_is_found() {
        let wrong = "sqlx::query(AssertSqlSafe(text))";
        assert_eq!(problems("crates/store/src/user.rs", wrong).len(), 1);
        assert!(problems("crates/store/src/sql.rs", wrong).is_empty());
    }
}
