//! What stands between Usher and a goal that is missed: the limit, as the same run has it, and what getting nearer would take.

use super::goals::Asked;
use super::outcome::short;
use super::results::Results;

const CPU: &str = "CPU ms/request";
const ALONE: &str = "alone p50 ms";

/// The words, where the run has the figures for them.
type Words = fn(Asked<'_>) -> Option<String>;

/// By how the goal's work begins.
const REASONS: &[(&str, Words)] = &[
    ("W1 ", hashing),
    ("W7 ", hashing),
    ("W2, W2b", list),
    ("W8 ", page),
    ("W3 ", deep_page),
    ("W4a, W4c common", common_search),
    ("W4b rare", rare_search),
    ("W2, W3, W4 at half", half_load),
    ("W4e ", typed),
    ("W6 ", invitation),
    ("W6e ", shared_commit),
    ("W9 first paint, cold", first_paint),
    ("W9 first paint, warm", warm_paint),
    ("W9 click", waking),
    ("W10 ", bytes),
    ("W11 dialog", dialog),
    ("W11 the same", dialog),
    ("W11 layout", shifts),
    ("W12 ", swap),
    ("W15 ", export),
    ("W16 ", import),
    ("W14 start", start),
    ("W14 binary", binary),
    ("growth", growth),
];

/// Why a goal is missed; nothing where that is not known.
pub fn reason(work: &str, asked: Asked<'_>) -> Option<String> {
    let (_, words) = REASONS.iter().find(|(beginning, _)| work.starts_with(beginning))?;
    words(asked)
}

fn hashing(asked: Asked<'_>) -> Option<String> {
    let hash = asked.results.limit("argon2id", "ms")?;
    let (sign_in, acceptance) = (asked.figure("W1", CPU)?, asked.figure("W7", CPU)?);
    let shared = match asked.engine() {
        "Postgres" => " That of Postgres is in it, on the same processor as the hash.",
        _ => "",
    };
    Some(format!(
        "The hash alone takes {} ms, a sign-in {} ms of processor with all that the database does, an acceptance {}.{shared} \
         What is left beside the hash are the session, the limits and the audit log's event, each of which is wanted.",
        short(hash),
        short(sign_in),
        short(acceptance)
    ))
}

fn list(asked: Asked<'_>) -> Option<String> {
    let allowed = asked.results.figure("django-tuned-sqlite", "W2", CPU)? / 100.0;
    let raw = asked.results.limit(&format!("{} page 1", asked.engine()), "us")? / 1000.0;
    let http = 1000.0 / asked.results.limit("HTTP, 15 kB", "requests/s")?;
    Some(format!(
        "A hundredth of Django's page is {} ms of processor. The page's own statement takes {} ms of time and HTTP {}; the rest of \
         Usher's {} is who asks, the totals, each row on its way through sqlx, the times in words, and the text.",
        short(allowed),
        short(raw),
        short(http),
        short(asked.figure("W2", CPU)?)
    ))
}

fn page(asked: Asked<'_>) -> Option<String> {
    let allowed = asked.results.figure("django-tuned-sqlite", "W2", CPU)? / 20.0;
    Some(format!(
        "A twentieth of Django's page is {} ms of processor. As JSON the list takes {}, as a page {}: the organizations of the \
         filter are read too, and 78 kB of HTML are made, with what they show as data once more, for the browser to wake. It would \
         take a frame that is kept for several requests, or pages that do not wake.",
        short(allowed),
        short(asked.figure("W2", CPU)?),
        short(asked.figure("W8", CPU)?)
    ))
}

fn deep_page(asked: Asked<'_>) -> Option<String> {
    let engine = asked.engine();
    let raw = |page: &str| asked.results.limit(&format!("{engine} {page}"), "us");
    Some(format!(
        "By processor the deep page takes {} ms, the first {}; the statement itself takes {} µs there, and {} for the first page.",
        short(asked.figure("W3", CPU)?),
        short(asked.figure("W2", CPU)?),
        short(raw("page at the deep row, keyset")?),
        short(raw("page 1")?)
    ))
}

fn common_search(asked: Asked<'_>) -> Option<String> {
    Some(format!(
        "The page without a search takes {} ms by itself, with `anderson` {} and with `com` {}: up to 500 rows are read in the list's \
         order until 26 have the word. It would take an index of each order that holds what is searched too, which Usher has on \
         SQLite alone.",
        short(asked.figure("W2", ALONE)?),
        short(asked.figure("W4a", ALONE)?),
        short(asked.figure("W4c", ALONE)?)
    ))
}

fn rare_search(asked: Asked<'_>) -> Option<String> {
    let raw = asked.results.limit(&format!("{} W4b trigrams", asked.engine()), "us")? / 1000.0;
    Some(format!(
        "The raw search takes {} ms, Usher's {}, with the session and the totals.",
        short(raw),
        short(asked.figure("W4b", ALONE)?)
    ))
}

fn half_load(asked: Asked<'_>) -> Option<String> {
    let limit = |work: &str| asked.results.limit(work, "p99 ms");
    Some(format!(
        "A server that does nothing but 1 ms of work has a p99 of {} ms at half load on this machine, after 2 ms {}; the slowest \
         search takes {} of processor, its database's with it.",
        short(limit("HTTP after 1.0 ms of work, at half load")?),
        short(limit("HTTP after 2.0 ms of work, at half load")?),
        short(asked.figure("W4a", CPU)?.max(asked.figure("W4b", CPU)?))
    ))
}

fn typed(asked: Asked<'_>) -> Option<String> {
    let limit = |name: &str| asked.results.limit(name, "p99 ms").unwrap_or_default();
    let order = match asked.engine() {
        "Postgres" => " Its index of words has no order, so that it walks along all who have one for those of a page.",
        _ => "",
    };
    Some(format!(
        "One alone takes {} ms in the middle, and {} of processor on average. The slowest are parts of many names (`mari`).{order} \
         A server that does nothing but 1 ms of work has a p99 of {} ms at half load on this machine, after 2 ms {}.",
        short(asked.figure("W4e", ALONE)?),
        short(asked.figure("W4e", CPU)?),
        short(limit("HTTP after 1.0 ms of work, at half load")),
        short(limit("HTTP after 2.0 ms of work, at half load"))
    ))
}

fn invitation(asked: Asked<'_>) -> Option<String> {
    let raw = asked
        .results
        .limit(&format!("{} invitation inserts", asked.engine()), "writes/s")?;
    Some(format!(
        "The raw inserts, {} ms each, ask nothing. An invitation asks who sends it, whether there is a seat, an account or another \
         invitation, how many were sent lately, and keeps totals, the index of searches and the audit log's event: {} ms of \
         processor, on Postgres in 18 statements. It would take one statement of it all, written for each engine.",
        short(1000.0 / raw),
        short(asked.figure("W6", CPU)?)
    ))
}

fn shared_commit(asked: Asked<'_>) -> Option<String> {
    let syncs = asked.figure("W6e", "syncs/request")?;
    Some(format!(
        "Usher lets writes share a commit on SQLite alone. Postgres brings several together by itself where they meet, {} each here; \
         its `commit_delay`, which makes it wait for more, is whoever runs it to set, and was not tried.",
        short(syncs)
    ))
}

fn first_paint(asked: Asked<'_>) -> Option<String> {
    let limit = asked
        .results
        .page("limit-static-page", "list, cold", "first paint ms")?;
    Some(format!(
        "The static file, painted after {} ms, has no style sheet to wait for and nothing beside it that is loaded on the same \
         processor.",
        short(limit)
    ))
}

fn waking(asked: Asked<'_>) -> Option<String> {
    Some(format!(
        "Until then {} kB are loaded, compiled and run on the one processor that also paints. It would take less code: pages of \
         which only parts wake.",
        short(asked.page("list, cold", "wasm, js, css kB")?)
    ))
}

fn bytes(asked: Asked<'_>) -> Option<String> {
    Some(format!(
        "The sign-in loads {} kB, the list {}. What was done about it, and tried, stands in ARCHITECTURE.md.",
        short(asked.page("sign-in, cold", "wasm, js, css kB")?),
        short(asked.page("list, cold", "wasm, js, css kB")?)
    ))
}

fn dialog(asked: Asked<'_>) -> Option<String> {
    let limit = |page: &str| asked.results.page("limit-static-page", page, "INP p75 ms");
    Some(format!(
        "The dialog of a static page, opened by a line of script, takes {} ms here, and {} at CPU 4x slower. The rest is mostly code \
         that is compiled when it is first called.",
        short(limit("dialog")?),
        short(limit("dialog, slow")?)
    ))
}

fn shifts(_: Asked<'_>) -> Option<String> {
    Some(
        "Columns have given widths, so rows that come later move none, and nothing else is known to move by itself: it is looked for \
         by hand."
            .to_owned(),
    )
}

fn swap(asked: Asked<'_>) -> Option<String> {
    Some(format!(
        "After {} ms the rows stand in the document, and then they are laid out. To put the same rows in place of others, as text and \
         without a style sheet, takes {} by itself. Rows that are laid out only in sight take a quarter off until the next frame \
         is drawn, but hide the cells of the others from assistive technology (ARCHITECTURE.md).",
        short(asked.page("table", "100 rows made p75 ms")?),
        short(asked.page("table", "100 rows without style p75 ms")?)
    ))
}

fn export(asked: Asked<'_>) -> Option<String> {
    let raw = asked.results.limit(&format!("{} export", asked.engine()), "rows/s")?;
    let pages = match asked.engine() {
        "SQLite" => {
            " Rows lie in the order in which they were made, so that in another order each is on a page of its own, which is asked of \
             the system. The raw scan maps its file, and an export of Usher's went at 180,000 rows a second instead of 124,000 so; but a \
             disk that fails under a mapped file ends the process (ARCHITECTURE.md)."
        }
        _ => "",
    };
    let django = asked.results.figure("django-tuned-sqlite", "W15", "rows/s");
    let django = django.map(|rows| {
        format!(
            " 20 times Django's rate would be {:.2} of the raw scan's.",
            20.0 * rows / raw
        )
    });
    Some(format!(
        "The raw scan takes {} µs a row, Usher {}, with what makes a line of CSV of it.{pages}{}",
        short(1e6 / raw),
        short(1e6 / asked.figure("W15", "rows/s")?),
        django.unwrap_or_default()
    ))
}

fn import(asked: Asked<'_>) -> Option<String> {
    let engine = asked.engine();
    let raw = |step: &str| {
        asked
            .results
            .prepared(&format!("limits on {engine}"), &format!("{engine} {step}"))
    };
    let raw = raw("insert s").or_else(|| raw("COPY s"))? + raw("indexes and search s")?;
    Some(format!(
        "The same rows, indexes and search without a check or a key to fold take {} s.",
        short(raw)
    ))
}

fn start(_: Asked<'_>) -> Option<String> {
    Some("It is the first after an import; later ones took 47 to 75 ms (five starts, 2026-11-26).".to_owned())
}

fn binary(_: Asked<'_>) -> Option<String> {
    Some(
        "SQLite, the argon2 and TLS code, and every page of the console as code of its own; level 2 instead of 3 made it 1.9 MB \
         smaller (2026-11-27). Level \"s\" was not tried."
            .to_owned(),
    )
}

fn warm_paint(asked: Asked<'_>) -> Option<String> {
    let limit = asked
        .results
        .page("limit-static-page", "list, warm", "first paint ms")?;
    Some(format!(
        "The static file is painted after {} ms. Usher's page has its first byte after {}, and wakes on the same processor that paints.",
        short(limit),
        short(asked.page("list, warm", "first byte ms")?)
    ))
}

fn growth(asked: Asked<'_>) -> Option<String> {
    let rate = |results: &Results| results.limit("HTTP, 15 kB", "requests/s");
    Some(format!(
        "The two sizes were measured one after the other: meanwhile the machine itself answered {} times as fast in the smaller one's \
         rounds (HTTP, 15 kB).",
        short(rate(asked.smaller?)? / rate(asked.results)?)
    ))
}

#[cfg(test)]
mod tests {
    use super::super::goals::{Asked, GOALS};
    use super::super::results::tests::results;
    use super::{REASONS, reason};

    #[test]
    fn each_reason_is_of_a_goal() {
        for (beginning, _) in REASONS {
            assert!(GOALS.iter().any(|goal| goal.work.starts_with(beginning)), "{beginning}");
        }
    }

    #[test]
    fn a_reason_has_the_limit_of_its_run() {
        let results = results(&[
            ("usher-sqlite/W6/CPU ms:request", &[1.5]),
            ("limits/SQLite invitation inserts/writes:s", &[2000.0]),
        ]);
        let asked = Asked {
            results: &results,
            smaller: None,
            ours: "usher-sqlite",
        };
        let words = reason("W6 invitation", asked).unwrap();
        assert!(
            words.contains("0.500 ms each") && words.contains("1.50 ms of"),
            "{words}"
        );
        assert_eq!(reason("W1 sign-in", asked), None);
    }
}
