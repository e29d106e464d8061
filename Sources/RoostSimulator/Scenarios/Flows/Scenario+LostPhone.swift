/// Somebody who loses a telephone.
extension Scenario {
    /// A phone is lost, and a new one goes on.
    public static let lostPhone = Scenario(
        "lost-phone", "the other device has all of it, nothing waits for the phone any more, and a new one goes on",
        cast: ["alice", "bob"]
    ) { run in
        let (alice, tablet) = (run["alice"], run["bob"])
        let phone = run.link(tablet)
        run.come(alice, at: 1)
        run.come(tablet, at: 2)
        run.come(phone, at: 3)
        run.say(5, from: alice, to: tablet)
        run.say(3, from: phone, to: alice)
        run.wait(until: .heard(phone, 5, from: alice))
        run.wait(until: .heard(alice, 3, from: phone))
        run.leave(phone)
        // It is gone.
        run.say(10, from: alice, to: tablet)
        run.say(4, from: tablet, to: alice)
        run.wait(until: .heard(tablet, 15, from: alice))
        run.wait(until: .sent(tablet))
        run.wait(until: .delivered(15, of: alice, to: tablet))
        run.wait(until: .kept(10))
        run.revoke(phone)
        // Whoever has found it tries to get in.
        run.come(phone)
        run.wait(until: .out(phone))
        run.wait(until: .nothingKept)
        let new = run.link(tablet)
        run.come(new, at: 3)
        run.say(5, from: alice, to: tablet)
        run.say(2, from: tablet, to: alice)
        run.wait(until: .heard(new, 20, from: alice))
        run.wait(until: .heard(tablet, 20, from: alice))
        run.wait(until: .heard(alice, 6, from: tablet))
    }
}
