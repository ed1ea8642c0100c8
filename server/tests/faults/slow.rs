//! A statement that takes long, because somebody else holds what it needs, stands in the log without its values.

use store::testing::{fresh_postgres, tamper};

use crate::usher::Usher;

/// In one transaction, so that the table is locked for twice as long as a statement may take before it counts as slow.
const HOLD: &str = "do $$ begin lock table organizations in exclusive mode; perform pg_sleep(0.5); end $$";

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_stands_in_the_log_without_its_values() {
    let server = std::env::var("USHER_TEST_POSTGRES_URL").unwrap();
    let database = fresh_postgres(&server, "usher_slow").await.unwrap();
    let mut usher = Usher::on_postgres("slow", &database);
    let _ = std::fs::remove_file(usher.log());
    usher.start().await;
    let admin = usher.admin().await;
    // Whether the lock or the write comes first is a matter of chance.
    for number in 0.. {
        let code = format!("PECULIAR-{number}");
        let holding = tamper(&database, HOLD);
        let fields = [("name", code.as_str()), ("code", &code)];
        let writing = admin.post("/api/organizations/create", &fields);
        let (held, written) = tokio::join!(holding, writing);
        held.unwrap();
        assert_eq!(written.unwrap().status, 200);
        let log = usher.logged();
        let slow: Vec<&str> = log.lines().filter(|line| line.contains("slow statement")).collect();
        assert!(!log.contains("PECULIAR"), "{log}");
        if let Some(line) = slow.iter().find(|line| line.contains("insert into organizations")) {
            // The log may have colours, which stand between a name and its value.
            assert!(line.contains("WARN") && line.contains("slow_threshold"), "{line}");
            return;
        }
    }
}
