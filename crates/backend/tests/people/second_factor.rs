//! The second factor: setting it up, signing in with it, losing it.

use backend::{
    error::Error,
    mail::Letter,
    second_factor::{Requirement, SecondFactor},
};
use domain::{audit::Action, role::Role};
use tokio::task::JoinSet;
use totp_rs::{Builder, Secret};

use crate::house::{House, PASSWORD, Person, on_both_engines, problem_of, refusal, request};

on_both_engines!(
    a_first_code_turns_it_on,
    nothing_is_begun_without_the_password,
    signing_in_asks_for_a_code_and_nothing_opens_before,
    a_code_counts_once,
    a_recovery_code_signs_in_once,
    a_recovery_code_signs_in_when_the_key_is_lost,
    codes_that_come_at_once_share_one_limit,
    guessing_codes_has_an_end,
    a_sign_in_that_waits_ends_with_time_and_with_the_password,
    a_reset_link_does_not_go_around_it,
    administrators_reset_it_within_their_reach,
    where_it_is_required_nothing_else_opens,
    the_command_line_takes_it_away,
    what_is_required_cannot_be_turned_off,
);

const WRONG: &str = "This code is wrong, or was used already. Wait for the next one and type that.";
const ENDED: &str = "This sign-in has ended. Begin again with your password.";

/// An app on somebody's phone, with the codes to keep.
struct Phone {
    secret: String,
    recovery_codes: Vec<String>,
}

impl Phone {
    /// What it shows now.
    fn code(&self, house: &House) -> String {
        let totp = Builder::new()
            .with_secret(Secret::try_from_base32(&self.secret).unwrap())
            .build()
            .unwrap();
        let seconds = u64::try_from(house.clock.now().0 / 1000).unwrap();
        totp.generate(seconds).to_string()
    }

    /// What it shows in half a minute, then.
    fn next_code(&self, house: &House) -> String {
        house.clock.advance(30);
        self.code(house)
    }
}

async fn secret_to_type(house: &House, person: &Person) -> String {
    match house.account(person).await.second_factor().await.unwrap() {
        SecondFactor::Begun { secret, picture } => {
            assert!(picture.starts_with("<svg "));
            secret.replace(' ', "")
        }
        other => panic!("{other:?}"),
    }
}

/// Sets a second factor up. The person's cookie is the new session's.
async fn set_up(house: &House, person: &mut Person) -> Phone {
    let account = house.account(person).await;
    account.begin_second_factor(PASSWORD).await.unwrap();
    let secret = secret_to_type(house, person).await;
    let mut phone = Phone {
        secret,
        recovery_codes: Vec::new(),
    };
    let confirmed = account.confirm_second_factor(&phone.code(house)).await.unwrap();
    phone.recovery_codes = confirmed.recovery_codes;
    person.cookie = confirmed.session.unwrap().reveal();
    phone
}

/// The first step of signing in: what the cookie holds then.
async fn password_given(house: &House, person: &Person) -> String {
    let signed_in = house
        .backend
        .sign_in(&person.email, PASSWORD, &request())
        .await
        .unwrap();
    assert!(signed_in.awaits_code);
    signed_in.secret.reveal()
}

async fn with_code(house: &House, cookie: &str, code: &str) -> Result<String, Error> {
    let answer = house.backend.sign_in_with_code(Some(cookie), code, &request()).await;
    answer.map(|secret| secret.reveal())
}

async fn is_out(house: &House, cookie: &str) -> bool {
    matches!(house.access(cookie).await, Err(Error::Unauthenticated))
}

async fn a_first_code_turns_it_on(house: House) {
    let house = house.mailing();
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let elsewhere = house.sign_in(&bea.email, PASSWORD).await.unwrap().reveal();
    let account = house.account(&bea).await;
    assert_eq!(account.second_factor().await.unwrap(), SecondFactor::Off);
    account.begin_second_factor(PASSWORD).await.unwrap();
    // Until a code has shown that the authenticator works, signing in is as before.
    assert!(
        !house
            .backend
            .sign_in(&bea.email, PASSWORD, &request())
            .await
            .unwrap()
            .awaits_code
    );
    assert_eq!(problem_of("code", account.confirm_second_factor("000000").await), WRONG);
    let before = bea.cookie.clone();
    let phone = set_up(&house, &mut bea).await;
    assert_eq!(phone.recovery_codes.len(), 10);
    // A new session took the place of all others.
    assert!(is_out(&house, &before).await && is_out(&house, &elsewhere).await);
    let stands = house.account(&bea).await.second_factor().await.unwrap();
    assert!(
        matches!(stands, SecondFactor::On { recovery_codes: 10, .. }),
        "{stands:?}"
    );
    assert!(
        (house.mails().await.iter()).any(|mail| matches!(mail.letter, Letter::SecondFactorChanged { is_on: true, .. }))
    );
    house.event(acme, Action::SecondFactorSetUp).await;
    // Begun again while it is on, nothing changes.
    let again = house.account(&bea).await.begin_second_factor(PASSWORD).await;
    assert_eq!(refusal(again), "Your second factor is set up already.");
}

async fn nothing_is_begun_without_the_password(house: House) {
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let account = house.account(&bea).await;
    for (typed, problem) in [
        ("", "Enter your current password."),
        ("seven blue lamps", "This is not your current password."),
    ] {
        assert_eq!(
            problem_of("current_password", account.begin_second_factor(typed).await),
            problem
        );
    }
    set_up(&house, &mut bea).await;
    let account = house.account(&bea).await;
    let wrong = account.turn_off_second_factor("seven blue lamps").await;
    assert_eq!(
        problem_of("current_password", wrong),
        "This is not your current password."
    );
    account.turn_off_second_factor(PASSWORD).await.unwrap();
    assert!(
        !house
            .backend
            .sign_in(&bea.email, PASSWORD, &request())
            .await
            .unwrap()
            .awaits_code
    );
}

async fn signing_in_asks_for_a_code_and_nothing_opens_before(house: House) {
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let phone = set_up(&house, &mut bea).await;
    house.clock.advance(60);
    let waiting = password_given(&house, &bea).await;
    assert!(is_out(&house, &waiting).await);
    // Neither its owner nor an administrator sees it as a place where somebody is signed in.
    assert_eq!(house.account(&bea).await.sessions().await.unwrap().len(), 1);
    assert_eq!(
        problem_of("code", with_code(&house, &waiting, " ").await),
        "Enter a code."
    );
    assert_eq!(problem_of("code", with_code(&house, &waiting, "000000").await), WRONG);
    let opened = with_code(&house, &waiting, &phone.code(&house)).await.unwrap();
    assert_ne!(opened, waiting);
    assert_eq!(house.access(&opened).await.unwrap().caller().user.id, bea.id);
    // What waited is used up, and a session that is open is none that waits.
    for cookie in [waiting.as_str(), &opened, "nonsense"] {
        assert_eq!(refusal(with_code(&house, cookie, "000000").await), ENDED);
    }
}

async fn a_code_counts_once(house: House) {
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let phone = set_up(&house, &mut bea).await;
    let used = phone.code(&house);
    let waiting = password_given(&house, &bea).await;
    assert_eq!(problem_of("code", with_code(&house, &waiting, &used).await), WRONG);
    let next = phone.next_code(&house);
    with_code(&house, &waiting, &next).await.unwrap();
    let waiting = password_given(&house, &bea).await;
    for code in [next, used] {
        assert_eq!(problem_of("code", with_code(&house, &waiting, &code).await), WRONG);
    }
}

async fn a_recovery_code_signs_in_once(house: House) {
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let mut cid = house.person("Cid", Role::User, Some(acme)).await;
    let phone = set_up(&house, &mut bea).await;
    let other = set_up(&house, &mut cid).await;
    let waiting = password_given(&house, &bea).await;
    let foreign = with_code(&house, &waiting, &other.recovery_codes[0]).await;
    assert_eq!(problem_of("code", foreign), WRONG);
    let code = phone.recovery_codes[3].to_uppercase();
    let opened = with_code(&house, &waiting, &code).await.unwrap();
    let waiting = password_given(&house, &bea).await;
    assert_eq!(problem_of("code", with_code(&house, &waiting, &code).await), WRONG);
    // New ones take the place of all earlier ones.
    bea.cookie = opened;
    let account = house.account(&bea).await;
    let stands = account.second_factor().await.unwrap();
    assert!(
        matches!(stands, SecondFactor::On { recovery_codes: 9, .. }),
        "{stands:?}"
    );
    let renewed = account.confirm_second_factor(&phone.next_code(&house)).await.unwrap();
    assert!(renewed.session.is_none());
    let waiting = password_given(&house, &bea).await;
    let old = with_code(&house, &waiting, &phone.recovery_codes[4]).await;
    assert_eq!(problem_of("code", old), WRONG);
    with_code(&house, &waiting, &renewed.recovery_codes[4]).await.unwrap();
}

async fn a_recovery_code_signs_in_when_the_key_is_lost(house: House) {
    let mut ada = house.admin("Ada").await;
    let phone = set_up(&house, &mut ada).await;
    let house = house.with_key([8; 32]);
    let waiting = password_given(&house, &ada).await;
    let refused = with_code(&house, &waiting, &phone.code(&house)).await;
    let told = refusal(refused);
    assert!(told.contains("Sign in with a recovery code"), "{told}");
    assert_eq!(
        problem_of("code", with_code(&house, &waiting, &"abcdefgh".repeat(3)).await),
        WRONG
    );
    with_code(&house, &waiting, &phone.recovery_codes[0]).await.unwrap();
}

async fn codes_that_come_at_once_share_one_limit(house: House) {
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    set_up(&house, &mut bea).await;
    let waiting = password_given(&house, &bea).await;
    let mut at_sign_in = JoinSet::new();
    for _ in 0..40 {
        let (backend, waiting) = (house.backend.clone(), waiting.clone());
        at_sign_in.spawn(async move {
            backend
                .sign_in_with_code(Some(&waiting), "000000", &request())
                .await
                .map(drop)
        });
    }
    assert_eq!(tried(at_sign_in.join_all().await), 10);

    // The limit is the same for whoever has a session.
    house.clock.advance(60 * 60);
    let mut with_session = JoinSet::new();
    for _ in 0..40 {
        let account = house.account(&bea).await;
        with_session.spawn(async move { account.confirm_second_factor("000000").await.map(drop) });
    }
    assert_eq!(tried(with_session.join_all().await), 10);
}

/// How many were told that they are wrong. All others were told to wait.
fn tried(answers: Vec<Result<(), Error>>) -> usize {
    let (waiting, told): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|answer| matches!(answer, Err(Error::TooMany { .. })));
    assert_eq!(waiting.len() + told.len(), 40);
    let told = told.into_iter().map(|answer| problem_of("code", answer));
    told.filter(|problem| *problem == WRONG).count()
}

async fn guessing_codes_has_an_end(house: House) {
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let phone = set_up(&house, &mut bea).await;
    house.clock.advance(60);
    let waiting = password_given(&house, &bea).await;
    for _ in 0..10 {
        assert_eq!(problem_of("code", with_code(&house, &waiting, "000000").await), WRONG);
    }
    let right = phone.code(&house);
    let refused = with_code(&house, &waiting, &right).await;
    let Err(Error::TooMany { wait_seconds }) = refused else {
        panic!("{refused:?}")
    };
    house.clock.advance(wait_seconds);
    let waiting = password_given(&house, &bea).await;
    with_code(&house, &waiting, &phone.code(&house)).await.unwrap();
}

async fn a_sign_in_that_waits_ends_with_time_and_with_the_password(house: House) {
    let acme = house.organization("Acme", None).await;
    let ada = house.admin("Ada").await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let phone = set_up(&house, &mut bea).await;
    let waiting = password_given(&house, &bea).await;
    house.clock.advance(601);
    assert_eq!(refusal(with_code(&house, &waiting, &phone.code(&house)).await), ENDED);
    let waiting = password_given(&house, &bea).await;
    let account = house.account(&bea).await;
    bea.cookie = (account.change_password(PASSWORD, "seven green lamps on a hill").await)
        .unwrap()
        .reveal();
    assert_eq!(refusal(with_code(&house, &waiting, &phone.code(&house)).await), ENDED);
    let signed_in = (house.backend)
        .sign_in(&bea.email, "seven green lamps on a hill", &request())
        .await;
    let waiting = signed_in.unwrap().secret.reveal();
    house.management(&ada).await.end_user_sessions(bea.id).await.unwrap();
    assert_eq!(refusal(with_code(&house, &waiting, &phone.code(&house)).await), ENDED);
}

async fn a_reset_link_does_not_go_around_it(house: House) {
    let house = house.mailing();
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    let phone = set_up(&house, &mut bea).await;
    house.mails().await;
    house.backend.forgot_password(&bea.email, &request()).await.unwrap();
    let link = house.mails().await.pop().unwrap().token.unwrap();
    let reset = (house.backend)
        .reset_password(&link, "seven green lamps on a hill", &request())
        .await
        .unwrap();
    assert!(reset.awaits_code);
    let waiting = reset.secret.reveal();
    assert!(is_out(&house, &waiting).await);
    with_code(&house, &waiting, &phone.next_code(&house)).await.unwrap();
}

async fn administrators_reset_it_within_their_reach(house: House) {
    let house = house.mailing();
    let (acme, other) = (
        house.organization("Acme", None).await,
        house.organization("Other", None).await,
    );
    let mut ada = house.admin("Ada").await;
    let eve = house.person("Eve", Role::Admin, Some(acme)).await;
    let chief = house.person("Chief", Role::OrgAdmin, Some(acme)).await;
    let stranger = house.person("Stranger", Role::OrgAdmin, Some(other)).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    set_up(&house, &mut bea).await;
    set_up(&house, &mut ada).await;
    house.mails().await;
    let by = |person: &Person| {
        let (house, cookie) = (&house, person.cookie.clone());
        async move { house.access(&cookie).await.unwrap().management().unwrap() }
    };
    assert!(matches!(
        by(&stranger).await.reset_second_factor(bea.id).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        by(&chief).await.reset_second_factor(ada.id).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        by(&chief).await.reset_second_factor(eve.id).await,
        Err(Error::Forbidden { .. })
    ));
    assert!(matches!(
        by(&chief).await.second_factor_of(eve.id).await,
        Err(Error::Forbidden { .. })
    ));
    assert!(refusal(by(&ada).await.reset_second_factor(ada.id).await).starts_with("You cannot reset your own"));
    assert_eq!(
        refusal(by(&chief).await.reset_second_factor(chief.id).await)
            .split('.')
            .next(),
        Some("You cannot reset your own second factor; another administrator can")
    );
    let waiting = password_given(&house, &bea).await;
    assert!(by(&chief).await.second_factor_of(bea.id).await.unwrap().is_some());
    by(&chief).await.reset_second_factor(bea.id).await.unwrap();
    assert!(is_out(&house, &bea.cookie).await);
    assert_eq!(refusal(with_code(&house, &waiting, "000000").await), ENDED);
    assert!(
        !house
            .backend
            .sign_in(&bea.email, PASSWORD, &request())
            .await
            .unwrap()
            .awaits_code
    );
    let mails = house.mails().await;
    assert!(matches!(&mails[..], [mail] if mail.recipient == bea.email
            && matches!(&mail.letter, Letter::SecondFactorChanged { is_on: false, by: Some(by), .. } if by == "Chief")));
    house.event(acme, Action::SecondFactorReset).await;
    let again = by(&ada).await.reset_second_factor(bea.id).await;
    assert_eq!(refusal(again), "This user has no second factor.");
    by(&eve).await.reset_second_factor(ada.id).await.unwrap();
}

async fn where_it_is_required_nothing_else_opens(house: House) {
    let ada = house.admin("Ada").await;
    let acme = house.organization("Acme", None).await;
    let mut chief = house.person("Chief", Role::OrgAdmin, Some(acme)).await;
    let bea = house.person("Bea", Role::User, Some(acme)).await;
    let administration = house.access(&ada.cookie).await.unwrap().administration().unwrap();
    administration.require_second_factor(acme, true).await.unwrap();
    // From the next request on: also in sessions that were open before.
    for person in [&chief, &bea] {
        let access = house.access(&person.cookie).await.unwrap();
        assert!(access.caller().must_set_up_second_factor());
        assert!(matches!(access.management(), Err(Error::SecondFactorRequired)));
        let account = access.account();
        assert!(matches!(
            account.change_name("Else").await,
            Err(Error::SecondFactorRequired)
        ));
        assert!(matches!(account.sessions().await, Err(Error::SecondFactorRequired)));
        let change = account.change_password(PASSWORD, "seven green lamps on a hill").await;
        assert!(matches!(change, Err(Error::SecondFactorRequired)));
    }
    assert!(house.access(&ada.cookie).await.unwrap().administration().is_ok());
    set_up(&house, &mut chief).await;
    assert!(house.access(&chief.cookie).await.unwrap().management().is_ok());
    administration.require_second_factor(acme, false).await.unwrap();
    assert!(house.account(&bea).await.sessions().await.is_ok());

    let house = house.requiring(Requirement::Administrators);
    assert!(house.account(&bea).await.sessions().await.is_ok());
    let access = house.access(&ada.cookie).await.unwrap();
    assert!(matches!(access.administration(), Err(Error::SecondFactorRequired)));
    let house = house.requiring(Requirement::Everybody);
    assert!(
        house
            .access(&bea.cookie)
            .await
            .unwrap()
            .caller()
            .must_set_up_second_factor()
    );
    // To leave is always possible.
    house.account(&bea).await.sign_out().await.unwrap();
}

async fn the_command_line_takes_it_away(house: House) {
    let mut ada = house.admin("Ada").await;
    set_up(&house, &mut ada).await;
    let link = house.backend.reset_admin(&ada.email).await.unwrap();
    assert!(is_out(&house, &ada.cookie).await);
    let token = link.rsplit_once('/').unwrap().1;
    let reset = (house.backend)
        .reset_password(token, "seven green lamps on a hill", &request())
        .await;
    assert!(!reset.unwrap().awaits_code);
}

async fn what_is_required_cannot_be_turned_off(house: House) {
    let house = house.requiring(Requirement::Everybody);
    let acme = house.organization("Acme", None).await;
    let mut bea = house.person("Bea", Role::User, Some(acme)).await;
    set_up(&house, &mut bea).await;
    let refused = house.account(&bea).await.turn_off_second_factor(PASSWORD).await;
    assert!(refusal(refused).starts_with("A second factor is required of you"));
}
