//! Two Admins who take each other's place away.

use crate::{
    asking::{CLIENTS, Question, at_once, won},
    count, rounds,
    support::{House, PASSWORD, Visitor},
};

/// What an administrator gives a new one, who must change it.
const FIRST: &str = "seven green lamps on a hill";

/// One of them may do more than one of it, the other nothing: whoever comes first is the one who is left.
pub async fn administrators_who_remove_each_other_leave_one(house: House) {
    let address = house.serve().await;
    let mut ada = house.admin().await;
    let acme = ada.create_organization("Acme").await;
    for round in 0..rounds() {
        house.clock.advance(60);
        let email = format!("bob{round}@example.com");
        let fields = [
            ("email", email.as_str()),
            ("name", "Bob"),
            ("password", FIRST),
            ("role", "admin"),
        ];
        ada.call("users/create", &fields).await.says(200, &[]);
        let mut bob = house.sign_in(&email, FIRST).await;
        let fields = [("current_password", FIRST), ("new_password", PASSWORD)];
        bob.post("/account/password", &fields).await.leads_to("/");

        let bobs = ada.get(&format!("/users?q={email}")).await.first_id("/users");
        let everybody = ada.get("/users?role=admin&state=active").await;
        let others = everybody
            .body
            .match_indices("href=\"/users/")
            .map(|(at, _)| &everybody.body[at + 13..at + 49]);
        let adas = others
            .filter(|id| *id != bobs && id.matches('-').count() == 4)
            .map(str::to_owned)
            .next()
            .unwrap();
        let of_ada = Removals::of(&mut ada, &bobs, &acme).await;
        let of_bob = Removals::of(&mut bob, &adas, &acme).await;
        let questions = (0..CLIENTS).map(|number| match number % 2 {
            0 => of_ada.question(&ada, number / 2),
            _ => of_bob.question(&bob, number / 2),
        });
        assert!(won(&at_once(address, questions.collect()).await) >= 1, "round {round}");
        // Whoever is left goes on.
        if ada.get("/users").await.status != 200 {
            ada = bob;
        }
        assert_eq!(
            count(&mut ada, "/users?role=admin&state=active").await,
            1,
            "round {round}"
        );
    }
}

/// The three ways to take an Admin's place away, as forms that were opened before.
struct Removals {
    user: String,
    email: String,
    version: String,
    organization: String,
}

impl Removals {
    async fn of(administrator: &mut Visitor, user: &str, organization: &str) -> Self {
        let form = administrator.get(&format!("/users/{user}/edit")).await;
        Self {
            user: user.to_owned(),
            email: form.value_of("email"),
            version: form.value_of("version"),
            organization: organization.to_owned(),
        }
    }

    fn question(&self, administrator: &Visitor, number: usize) -> Question {
        let at = |verb: &str| format!("/users/{}/{verb}", self.user);
        let version = ("version", self.version.as_str());
        match number % 3 {
            0 => Question::new(administrator, at("delete"), &[]),
            1 => Question::new(administrator, at("suspend"), &[version, ("state", "suspended")]),
            _ => {
                let fields = [
                    version,
                    ("email", &self.email),
                    ("name", "Somebody"),
                    ("password", ""),
                    ("role", "user"),
                    ("organization", &self.organization),
                ];
                Question::new(administrator, at("edit"), &fields)
            }
        }
    }
}
