//! The demo fills a new installation, and only that.

use crate::house::{House, on_both_engines};
use backend::demo;
use domain::{invitation::InvitationStatus, page::Total, query::InvitationQuery};

on_both_engines!(the_demo_fills_a_new_installation_once,);

async fn the_demo_fills_a_new_installation_once(house: House) {
    assert!(house.backend.fill_with_demo().await.unwrap());
    assert!(!house.backend.fill_with_demo().await.unwrap());
    let request = backend::access::Request::default();
    let (_, admin) = demo::SIGN_INS[0];
    let signed_in = house.backend.sign_in(admin, demo::PASSWORD, &request).await.unwrap();
    let access = house
        .backend
        .access(Some(&signed_in.secret.reveal()), request)
        .await
        .unwrap();
    let management = access.management().unwrap();
    let organizations = access
        .administration()
        .unwrap()
        .list_organizations(&Default::default())
        .await
        .unwrap();
    assert_eq!(organizations.total, Total::Exact(12));
    assert_eq!(
        management.list_users(&Default::default()).await.unwrap().total,
        Total::Exact(400)
    );
    for status in InvitationStatus::ALL {
        let mut query = InvitationQuery::default();
        query.filter.status = Some(status);
        let Total::Exact(total) = management.list_invitations(&query).await.unwrap().total else {
            panic!("not counted")
        };
        assert!((20..=30).contains(&total), "{status:?}: {total}");
    }
    assert_eq!(management.tiers().await.unwrap().len(), 4);
    // Of what was sent on a day no more was accepted than that.
    let days = management.overview().await.unwrap().days;
    assert!(days.iter().any(|day| day.accepted > 0));
    assert!(days.iter().all(|day| day.accepted <= day.sent), "{days:?}");
}
