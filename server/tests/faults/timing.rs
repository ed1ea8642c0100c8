//! How long a refused sign-in takes tells nobody which addresses have an account: real hashes, real requests, and the
//! limits as they are, since each question comes from an address of its own.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use store::testing::tamper;

use crate::{
    client::Client,
    percentile,
    usher::{PASSWORD, Usher},
};

/// Of each side; in turn, so that whatever else the machine does hits all alike.
const SAMPLES: u32 = 2000;

/// So many accounts of each side share the questions, so that none meets the limit of an account.
const ACCOUNTS: u32 = 40;

/// Who is asked for, and what is typed. That somebody is suspended shows only to whoever knows the password.
const SIDES: [(&str, &str); 4] = [
    ("known", "not the password of anybody"),
    ("unknown", "not the password of anybody"),
    ("suspended", PASSWORD),
    ("invited", "not the password of anybody"),
];

#[tokio::test]
#[ignore = "takes minutes and asserts times: script/test --faults runs it"]
async fn how_long_a_refusal_takes_tells_nothing() {
    let mut usher = Usher::new("timed", &[("USHER_TRUSTED_PROXIES", "127.0.0.1")]);
    usher.start().await;
    let admin = usher.admin().await;
    for number in 0..ACCOUNTS {
        let email = format!("invited{number}@example.com");
        let fields = [("email", email.as_str()), ("role", "admin")];
        let sent = admin.post("/api/invitations/send", &fields).await.unwrap();
        assert_eq!(sent.status, 200, "{sent:?}");
    }
    let database = format!("sqlite://{}", usher.folder.join("usher.db").display());
    for (name, suspended) in [("known", 0), ("suspended", 1)] {
        tamper(&database, &people(name, suspended)).await.unwrap();
    }

    let mut took: [Vec<Duration>; SIDES.len()] = Default::default();
    for sample in 0..SAMPLES {
        for turn in 0..SIDES.len() {
            // Nobody is always the one behind somebody else.
            let side = (turn + sample as usize) % SIDES.len();
            let (name, password) = SIDES[side];
            let number = sample * SIDES.len() as u32 + u32::try_from(side).unwrap();
            let mut client = Client::new(usher.address).from(address(number));
            let email = format!("{name}{}@example.com", sample % ACCOUNTS);
            let started = Instant::now();
            let reply = client.try_to_sign_in(&email, password).await.unwrap();
            took[side].push(started.elapsed());
            assert_eq!(reply.status, 422, "{reply:?}");
        }
    }
    let known = took[0].clone();
    let median = |side: &[Duration]| percentile(&mut side.to_vec(), 50).as_secs_f64();
    for (side, (name, _)) in took.iter().zip(SIDES) {
        let (ratio, area) = (median(side) / median(&known), area_under_curve(&known, side));
        println!(
            "a refused sign-in, {name}: {:.2} ms (median of {SAMPLES}), {:+.2} % of known, AUC {area:.3}",
            median(side) * 1000.0,
            (ratio - 1.0) * 100.0
        );
        assert!((ratio - 1.0).abs() < 0.03, "{name}: {ratio}");
        assert!((0.45..=0.55).contains(&area), "{name}: {area}");
    }
}

/// People like the Admin, with the same password.
fn people(name: &str, suspended: u8) -> String {
    format!(
        "with recursive numbers (number) as (select 0 union all select number + 1 from numbers where number < {})
         insert into users (id, email, name, name_key, search_key, role, organization_id, suspended, password_hash,
           must_change_password, created_at, updated_at)
         select randomblob(16), '{name}' || number || '@example.com', name, name_key, search_key, role,
           organization_id, {suspended}, password_hash, 0, created_at, updated_at
         from numbers, users where email = 'ada@example.com'",
        ACCOUNTS - 1
    )
}

fn address(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + number).into()
}

/// How often one of `b` takes longer than one of `a`: 0.5 if nothing can be told from it, 1 if everything can.
fn area_under_curve(a: &[Duration], b: &[Duration]) -> f64 {
    let mut a = a.to_vec();
    a.sort_unstable();
    let (mut shorter, mut equal) = (0, 0);
    for value in b {
        let (begin, end) = (
            a.partition_point(|other| other < value),
            a.partition_point(|other| other <= value),
        );
        shorter += begin;
        equal += end - begin;
    }
    (shorter as f64 + equal as f64 / 2.0) / (a.len() * b.len()) as f64
}
