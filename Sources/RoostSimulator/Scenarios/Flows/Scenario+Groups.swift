/// People who talk in a group.
extension Scenario {
    /// Three of a group come home to what two have said at once.
    public static let groupWithThreeAway = Scenario(
        "group-with-three-away", "two talk at once, an owner of the group dies, and three come home to all of it",
        cast: ["ada", "bob", "cleo", "dan", "eve"]
    ) { run in
        let (ada, bob) = (run["ada"], run["bob"])
        let away = [run["cleo"], run["dan"], run["eve"]]
        let hens = run.group(of: [ada, bob] + away)
        run.come(ada, at: 1)
        run.come(bob, at: 2)
        run.say(12, from: ada, in: hens)
        run.say(12, from: bob, in: hens)
        run.wait(seconds: 2)
        run.killOwner(of: hens)
        run.wait(until: .sent(ada))
        run.wait(until: .sent(bob))
        for role in away { run.come(role) }
        for role in away + [ada, bob] {
            run.wait(until: .heardInGroup(role, 12, from: ada, hens))
            run.wait(until: .heardInGroup(role, 12, from: bob, hens))
        }
        run.say(3, from: away[2], in: hens)
        for role in away + [ada, bob] { run.wait(until: .heardInGroup(role, 3, from: away[2], hens)) }
    }

    /// One is put out of a group with messages in flight.
    public static let removedInFlight = Scenario(
        "removed-in-flight", "one is put out with messages in flight, and taken in again",
        cast: ["ada", "bob", "cleo"]
    ) { run in
        let (ada, bob, cleo) = (run["ada"], run["bob"], run["cleo"])
        let hens = run.group(of: [ada, bob, cleo])
        for (place, role) in [ada, bob, cleo].enumerated() { run.come(role, at: place + 1) }
        run.say(4, from: ada, in: hens)
        run.say(12, from: bob, in: hens)
        // What was sent before the removal was asked for has to stand in front of it: the standing checks look.
        run.wait(seconds: 1)
        let removal = run.remove(bob, from: hens, by: ada)
        run.wait(until: .changed(removal))
        run.wait(until: .toldOf(removal, bob))
        run.wait(until: .toldOf(removal, cleo))
        run.say(1, from: bob, in: hens)
        run.wait(until: .shutOut(bob, hens))
        run.say(5, from: ada, in: hens)
        run.wait(until: .heardInGroup(cleo, 9, from: ada, hens))
        let comeback = run.add(bob, to: hens, by: ada)
        run.wait(until: .toldOf(comeback, bob))
        run.say(3, from: bob, in: hens)
        run.wait(until: .sent(bob))
        run.say(1, from: ada, in: hens)
        for role in [ada, cleo] { run.wait(until: .heardInGroup(role, 10, from: ada, hens)) }
    }

    /// Two admins of a group put each other out at once.
    public static let twoAdmins = Scenario(
        "two-admins", "two put each other out at once: one stays, and the group goes on",
        cast: ["ada", "bob", "cleo"]
    ) { run in
        let (ada, bob, cleo) = (run["ada"], run["bob"], run["cleo"])
        let hens = run.group(of: [ada, bob, cleo])
        for (place, role) in [ada, bob, cleo].enumerated() { run.come(role, at: place + 1) }
        run.say(6, from: ada, in: hens)
        run.say(6, from: bob, in: hens)
        let promotion = run.promote(bob, in: hens, by: ada)
        run.wait(until: .changed(promotion))
        let one = run.remove(bob, from: hens, by: ada)
        let other = run.remove(ada, from: hens, by: bob)
        run.wait(until: .answered(one))
        run.wait(until: .answered(other))
        run.expect(.oneOf(.changed(one), .changed(other)))
        let (left, put, removal) = run.holds(.changed(one)) ? (ada, bob, one) : (bob, ada, other)
        for role in [ada, bob, cleo] { run.wait(until: .toldOf(removal, role)) }
        run.killOwner(of: hens)
        run.say(1, from: put, in: hens)
        run.say(10, from: left, in: hens)
        run.wait(until: .sent(left))
        run.wait(until: .shutOut(put, hens))
        for role in [left, cleo] { run.wait(until: .heardInGroup(role, 10, from: left, hens)) }
    }
}
