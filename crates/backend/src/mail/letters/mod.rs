//! What each letter says, one file a letter.

pub(super) mod email_changed;
pub(super) mod invitation;
pub(super) mod invitation_accepted;
pub(super) mod invitation_renewed;
pub(super) mod password_changed;
pub(super) mod password_set_for_you;
pub(super) mod recovery;
pub(super) mod second_factor_changed;
pub(super) mod test;

/// What an organization is called, or what stands in its place for an Admin without one.
fn place(organization: Option<&str>) -> &str {
    organization.unwrap_or("this installation of Usher")
}

#[cfg(test)]
mod tests {
    use domain::{role::Role, time::Moment};

    use crate::mail::Letter;

    /// One of each, with names that a person might type to break something.
    fn samples() -> Vec<(&'static str, Letter)> {
        let organization = || Some(r#"Acme <b>&</b> "Söhne""#.to_owned());
        let inviter = || "Ann O'Hara".to_owned();
        let expires = Moment(1_795_491_180_000);
        vec![
            (
                "invitation",
                Letter::Invitation {
                    organization: organization(),
                    inviter: inviter(),
                    role: Role::OrgAdmin,
                    expires,
                },
            ),
            (
                "invitation_as_admin",
                Letter::Invitation {
                    organization: None,
                    inviter: inviter(),
                    role: Role::Admin,
                    expires,
                },
            ),
            (
                "recovery",
                Letter::Recovery {
                    name: "محمد".to_owned(),
                },
            ),
            (
                "second_factor_set_up",
                Letter::SecondFactorChanged {
                    name: inviter(),
                    is_on: true,
                    by: None,
                },
            ),
            (
                "second_factor_reset",
                Letter::SecondFactorChanged {
                    name: "Bob".to_owned(),
                    is_on: false,
                    by: Some(inviter()),
                },
            ),
            (
                "password_set_for_you",
                Letter::PasswordSetForYou {
                    name: "Kim".to_owned(),
                    by: inviter(),
                },
            ),
            ("password_changed", Letter::PasswordChanged { name: "Kim".to_owned() }),
            (
                "email_changed",
                Letter::EmailChanged {
                    name: "Kim".to_owned(),
                    old: "kim@old.example.com".to_owned(),
                    new: "kim@example.com".to_owned(),
                    by: inviter(),
                },
            ),
            (
                "invitation_accepted",
                Letter::InvitationAccepted {
                    invitee: "kim@example.com".to_owned(),
                    name: "Kim <script>".to_owned(),
                    organization: organization(),
                },
            ),
            (
                "invitation_renewed",
                Letter::InvitationRenewed {
                    invitee: "kim@example.com".to_owned(),
                    organization: organization(),
                },
            ),
            ("test", Letter::Test { by: inviter() }),
        ]
    }

    #[test]
    fn every_letter_says_the_same_as_text_and_as_html() {
        let home = "https://usher.example.com/";
        for (name, letter) in samples() {
            let link = format!("https://usher.example.com/{name}/a-secret");
            let content = letter.write(link.clone());
            let (text, html) = content.render(home).unwrap();
            assert!(
                text.contains(&link) && html.contains(&format!("href=\"{link}\"")),
                "{name}"
            );
            assert!(!html.contains("<b>") && !html.contains("<script"), "{name}");
            insta::assert_snapshot!(name, format!("Subject: {}\n\n{text}\n{html}", content.subject));
        }
    }
}
