//! The disk is full, or fails: whoever writes is told so and keeps what they typed, whoever reads goes on, and it mends
//! itself when there is room again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use store::testing::{is_sound, tamper};

use crate::{client::Client, usher::Usher};

/// Smaller than this no database of Usher is.
const DISK: &str = "8m";

/// A small disk of its own, in memory. It goes with the story.
struct Disk(PathBuf);

impl Disk {
    /// Needs root with CAP_SYS_ADMIN, which a container may lack.
    fn mount(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(Self(folder.clone()));
        fs::create_dir_all(&folder).unwrap();
        let options = format!("size={DISK},mode=0700");
        let mounted = run(
            "mount",
            &["-t", "tmpfs", "-o", &options, "usher", folder.to_str().unwrap()],
        );
        assert!(mounted.status.success(), "{mounted:?}");
        Self(folder)
    }

    /// Takes all room that is left.
    fn fill(&self) {
        let zero = vec![0; 4096];
        let mut filler = fs::File::create(self.0.join("filler")).unwrap();
        while std::io::Write::write_all(&mut filler, &zero).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What an earlier run left may be mounted twice; where nothing is, nothing happens.
        let _ = run("umount", &["--lazy", "--quiet", self.0.to_str().unwrap()]);
    }
}

fn run(program: &str, words: &[&str]) -> Output {
    Command::new(program).args(words).output().unwrap()
}

#[tokio::test]
#[ignore = "mounts a disk: script/test runs it where that is allowed"]
async fn a_full_disk_refuses_writes_alone_and_mends_itself() {
    let disk = Disk::mount("full-disk");
    let mut usher = Usher::in_folder(disk.0.join("data"), &[]);
    usher.start().await;
    let admin = usher.admin().await;
    prepare(&usher, &admin).await;
    disk.fill();
    writes_are_refused_and_reads_go_on(&admin).await;
    disk.make_room();
    it_has_recovered(&usher, &admin).await;
    usher.kill();
    is_sound(&usher.folder.join("usher.db")).await.unwrap();
}

/// Where nobody may mount a disk, a limit on the size of files makes each write fail as a bad disk does (EFBIG, which
/// SQLite takes for an input/output error as it does EIO and EROFS).
#[tokio::test]
async fn a_disk_that_takes_no_write_refuses_writes_alone_and_mends_itself() {
    let mut usher = Usher::new("failing-disk", &[]);
    usher.start().await;
    let admin = usher.admin().await;
    prepare(&usher, &admin).await;
    limit(&usher, "0");
    writes_are_refused_and_reads_go_on(&admin).await;
    limit(&usher, "unlimited");
    it_has_recovered(&usher, &admin).await;
    usher.kill();
    is_sound(&usher.folder.join("usher.db")).await.unwrap();
}

fn limit(usher: &Usher, bytes: &str) {
    let id = usher.id().to_string();
    let limited = run("prlimit", &["--pid", &id, &format!("--fsize={bytes}:")]);
    assert!(limited.status.success(), "{limited:?}");
}

/// There is something to read, and the session was last used so long ago that its next use is noted.
async fn prepare(usher: &Usher, admin: &Client) {
    let made = admin.post("/organizations/new", &[("name", "Before"), ("code", "BEFORE")]);
    assert_eq!(made.await.unwrap().status, 303);
    let database = format!("sqlite://{}", usher.folder.join("usher.db").display());
    tamper(&database, "update sessions set last_seen_at = last_seen_at - 1800000")
        .await
        .unwrap();
}

async fn writes_are_refused_and_reads_go_on(admin: &Client) {
    let long = "x".repeat(1000);
    let fields = [
        ("name", "Kept \"typed\""),
        ("code", "KEPT"),
        ("description", long.as_str()),
    ];
    // More than one: each must find the connection in order.
    for _ in 0..5 {
        let refused = admin.post("/organizations/new", &fields).await.unwrap();
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.header("retry-after"), Some("2"));
        assert!(
            refused.body.contains("do this right now. Try again in a moment."),
            "{}",
            refused.body
        );
        assert!(
            refused.body.contains("value=\"Kept &quot;typed&quot;\""),
            "{}",
            refused.body
        );
        assert!(refused.body.contains(&long), "{}", refused.body);
        let refused = admin.post("/api/organizations/create", &fields).await.unwrap();
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(
            refused.body.starts_with("{\"Unavailable\":{\"request\":"),
            "{}",
            refused.body
        );
    }
    for path in [
        "/organizations",
        "/organizations?q=before",
        "/users",
        "/readyz",
        "/healthz",
    ] {
        let read = admin.get(path).await.unwrap();
        assert_eq!(read.status, 200, "{path}: {read:?}");
    }
    assert!(
        admin
            .get("/organizations?q=before")
            .await
            .unwrap()
            .body
            .contains("BEFORE")
    );
}

async fn it_has_recovered(usher: &Usher, admin: &Client) {
    let made = admin.post("/organizations/new", &[("name", "After"), ("code", "AFTER")]);
    assert_eq!(made.await.unwrap().status, 303, "{}", usher.logged());
    let page = admin.get("/organizations").await.unwrap().body;
    assert!(page.contains("AFTER") && !page.contains("KEPT"), "{page}");
}

#[tokio::test]
#[ignore = "mounts a disk: script/test runs it where that is allowed"]
async fn a_read_only_folder_is_refused_in_words() {
    let disk = Disk::mount("read-only-disk");
    let mut usher = Usher::in_folder(disk.0.join("data"), &[]);
    let remount = |option: &str| run("mount", &["-o", &format!("remount,{option}"), disk.0.to_str().unwrap()]);
    let remounted = remount("ro");
    assert!(remounted.status.success(), "{remounted:?}");
    let refused = usher.command(["serve"]).output().unwrap();
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(words.contains("Read-only file system"), "{words}");
    assert!(remount("rw").status.success());
    usher.start().await;
}
