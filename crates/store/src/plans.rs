//! How the engines read each list, by their own account: snapshots of EXPLAIN in `snapshots/`, one for each list and
//! engine. What is explained are the very statements that the lists' functions send, in every order, forward and back,
//! first page, last page, and from a row in the middle.
//!
//! A plan that reads more than it shows, or sorts, fails whatever the snapshot says. Where a change of plans is meant,
//! `INSTA_UPDATE=always cargo nextest run -p store plans` writes the snapshots anew; then read the difference.

mod cases;
pub(crate) mod data;

use std::{cell::RefCell, collections::HashSet};

use crate::{
    Store,
    engine::Tx,
    error::StoreError,
    sample_lists,
    sql::{Sql, run_told},
};

thread_local! {
    static NOTED: RefCell<Vec<Sql>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a statement that is about to be sent. A test runs on one thread.
pub(crate) fn note(sql: &Sql) {
    NOTED.with_borrow_mut(|noted| noted.push(sql.clone()));
}

/// The texts of what was sent since this was asked last.
pub(crate) fn sent() -> Vec<String> {
    NOTED.take().iter().map(|sql| sql.text().to_owned()).collect()
}

/// What a list may cost.
#[derive(Clone, Copy)]
enum Bound {
    /// The whole list: an index has its order, from whichever row.
    InOrder,
    /// The rows that a filter leaves: one of these indexes leads to them, in their order.
    Led(&'static [&'static str]),
    /// A search looks at rows that it does not show, in the list's order, or gathers few and sorts them. It never looks at
    /// all of them but in that order.
    Search,
}

/// The plans of a list on one engine.
struct Plans {
    tx: Tx,
    /// Different ones, each with the cases that are read so.
    groups: Vec<(Vec<String>, Vec<String>)>,
    faults: Vec<String>,
}

impl Plans {
    async fn new(store: &Store) -> Self {
        // What rows are drawn by is no list.
        sample_lists(store).await.unwrap();
        let mut tx = store.read().await.unwrap();
        if tx.is_postgres() {
            // A few thousand rows are read fastest as a whole, and the few organizations with them. What is asked here is
            // what the indexes allow.
            const OFF: [&str; 6] = [
                "enable_seqscan",
                "enable_sort",
                "enable_incremental_sort",
                "enable_hashjoin",
                "enable_mergejoin",
                "enable_material",
            ];
            for setting in OFF {
                run_told(&mut tx, format!("set {setting} = off")).await.unwrap();
            }
        }
        Self {
            tx,
            groups: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Explains what `ask` sends.
    async fn explain(&mut self, case: String, bound: Bound, ask: impl AsyncFn(&mut Tx) -> Result<(), StoreError>) {
        NOTED.take();
        ask(&mut self.tx).await.unwrap();
        let mut plans: Vec<String> = Vec::new();
        let mut texts = HashSet::new();
        // The last page, say, is asked in the words of the first in the other direction.
        for sql in NOTED
            .take()
            .into_iter()
            .filter(|sql| texts.insert(sql.text().to_owned()))
        {
            let steps = sql.explain(&mut self.tx).await.unwrap();
            if let Some(fault) = fault(sql.text(), &steps, bound) {
                self.faults.push(format!("{case}: {fault}"));
            }
            let plan = telling(steps).join("\n    ");
            if !plans.contains(&plan) {
                plans.push(plan);
            }
        }
        assert!(!plans.is_empty(), "{case}: nothing was asked");
        match self.groups.iter_mut().find(|(known, _)| *known == plans) {
            Some((_, cases)) => cases.push(case),
            None => self.groups.push((plans, vec![case])),
        }
    }

    fn check(self, name: &str) {
        let text: Vec<String> = self
            .groups
            .iter()
            .map(|(plans, cases)| format!("{}\n    {}\n", cases.join("\n"), plans.join("\n  or\n    ")))
            .collect();
        insta::with_settings!({ omit_expression => true, snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, text.join("\n"));
        });
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
    }
}

/// The steps that tell plans apart. Postgres tells the others too, such as how it joins a row's names to it.
fn telling(mut steps: Vec<String>) -> Vec<String> {
    if steps
        .iter()
        .any(|step| step.starts_with("Limit") || step.contains("->"))
    {
        let tells = |step: &String| {
            [" Scan", "Sort", "Index Cond:", "  Filter:"]
                .iter()
                .any(|word| step.contains(word))
        };
        steps.retain(tells);
    }
    steps
        .iter()
        .map(|step| step.trim_start_matches([' ', '-', '>']).to_owned())
        .collect()
}

/// What is wrong with a plan.
fn fault(statement: &str, steps: &[String], bound: Bound) -> Option<String> {
    if statement.contains(" offset") {
        return Some("an offset reads what it passes over".to_owned());
    }
    if matches!(bound, Bound::Search) {
        if statement.contains(") as sampled") {
            // A thousand rows, whichever come first. A filter that no index leads to is one that nearly all rows pass.
            return None;
        }
        let step = steps.iter().find(|step| reads_all_of_many(step))?;
        return Some(format!("it reads every row: {step}"));
    }
    let sorts =
        |step: &&String| step.contains("TEMP B-TREE") || step.trim_start_matches([' ', '-', '>']).contains("Sort");
    if let Some(step) = steps.iter().find(sorts) {
        return Some(format!("it sorts: {step}"));
    }
    // What comes first is the list itself; what is joined to it follows.
    let steps = steps.iter().map(|step| step.trim_start_matches([' ', '-', '>']));
    let reads = |step: &&str| {
        ["SCAN", "SEARCH", "Index", "Seq", "Bitmap Index"]
            .iter()
            .any(|word| step.starts_with(word))
    };
    let mut reads = steps.filter(reads);
    let Some(first) = reads.next() else {
        return Some("no step reads the list".to_owned());
    };
    let is_by_index = first.contains("INDEX") || first.contains("Index");
    if !is_by_index {
        return Some(format!("it reads every row: {first}"));
    }
    match bound {
        Bound::Led(indexes) if !indexes.iter().any(|index| first.contains(index)) => {
            Some(format!("none of {indexes:?} leads to the rows: {first}"))
        }
        _ => None,
    }
}

/// Whether a step looks at each row of a long list, without an index that has its order. Organizations are few.
fn reads_all_of_many(step: &str) -> bool {
    const ON_SQLITE: [&str; 4] = ["SCAN u", "SCAN i", "SCAN e", "SCAN h"];
    const ON_POSTGRES: [&str; 3] = ["Seq Scan on users", "Seq Scan on invitations", "Seq Scan on audit_"];
    ON_SQLITE.contains(&step.trim_start()) || ON_POSTGRES.iter().any(|scan| step.contains(scan))
}

#[test]
fn plans_that_cost_too_much_are_found() {
    let found = |statement: &str, step: &str, bound| fault(statement, &[step.to_owned()], bound).is_some();
    let fine = "SEARCH u USING INDEX users_of_organization_by_name (organization_id=?)";
    assert!(!found("select", fine, Bound::Led(&["of_organization_by"])));
    assert!(!found("select", "SCAN u USING INDEX users_by_name", Bound::InOrder));
    assert!(!found("select", "SCAN u USING INDEX users_by_name", Bound::Search));
    assert!(!found("select", "SCAN o", Bound::Search));
    assert!(!found("select 1 from (select 1) as sampled", "SCAN u", Bound::Search));
    assert!(found("select", "  SCAN u", Bound::Search));
    assert!(found("select", "  ->  Seq Scan on users h", Bound::Search));
    assert!(found("select limit 25 offset 50", fine, Bound::Search));
    assert!(found("select", "SCAN u", Bound::InOrder));
    assert!(found(
        "select",
        "SEARCH u USING INDEX users_by_name (name_key>?)",
        Bound::Led(&["suspended"])
    ));
    assert!(found("select", "USE TEMP B-TREE FOR ORDER BY", Bound::InOrder));
    assert!(found("select", "  ->  Seq Scan on users u", Bound::InOrder));
    assert!(found("select", "  ->  Incremental Sort", Bound::InOrder));
}
