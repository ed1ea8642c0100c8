//! What became of the mails of everybody who was invited while servers were killed.

use std::collections::HashMap;

use store::testing::{queued_mails, tamper};
use tokio::time::timeout;

use super::Cluster;
use crate::{is_whole_run, journal::FOR_EVER, smtp::MailServer};

/// A worker has so many mails under way; a mail of one that was killed is taken up by another after two minutes.
const UNDER_WAY: usize = 4;

pub struct Arrived {
    pub mails: usize,
    /// How many of them were sent twice.
    pub doubled: usize,
}

/// Waits until nothing waits to be sent any more. All who were told that they have invited somebody did; nobody has two
/// letters, and one letter comes twice only if a server was killed while it was under way.
///
/// The whole run waits for the mails that the killed ones had for as long as it takes; the short run ends all servers,
/// so that nothing is under way, and makes them due.
pub async fn every_mail(
    cluster: &mut Cluster,
    database: &str,
    smtp: &mut MailServer,
    invited: &[&str],
    kills: usize,
) -> Arrived {
    if !is_whole_run() {
        for server in &cluster.servers {
            server.terminate();
        }
        for server in &mut cluster.servers {
            assert!(server.wait().await.success(), "{}", server.logged());
        }
        tamper(database, "update mails set next_try_at = 0 where state = 'queued'")
            .await
            .unwrap();
        cluster.servers[0].start().await;
    }
    let emptying = async { while queued_mails(database).await.unwrap() > 0 {} };
    timeout(2 * FOR_EVER, emptying).await.expect("mails are never sent");

    let mut arrivals: HashMap<String, Vec<String>> = HashMap::new();
    for mail in smtp.taken() {
        let id = mail.header("Message-ID").unwrap();
        arrivals.entry(mail.recipient).or_default().push(id);
    }
    for guest in invited {
        assert!(arrivals.contains_key(*guest), "the mail to {guest} is lost");
    }
    let mut doubled = 0;
    for (guest, ids) in &arrivals {
        assert!(ids.iter().all(|id| *id == ids[0]), "{guest} has two letters: {ids:?}");
        assert!(ids.len() <= 2, "{guest}: {ids:?}");
        doubled += ids.len() - 1;
    }
    assert!(
        doubled <= kills * UNDER_WAY,
        "{doubled} mails came twice after {kills} kills"
    );
    Arrived {
        mails: arrivals.len(),
        doubled,
    }
}
