/// Two people who write to each other.
extension Scenario {
    /// Two people talk, both there.
    public static let bothOnline = Scenario(
        "both-online", "two people talk, both there", cast: ["alice", "bob"]
    ) { run in
        let (alice, bob) = (run["alice"], run["bob"])
        run.come(alice, at: 1)
        run.come(bob, at: 2)
        run.say(20, from: alice, to: bob)
        run.say(15, from: bob, to: alice)
        run.wait(until: .heard(bob, 20, from: alice))
        run.wait(until: .heard(alice, 15, from: bob))
        run.wait(until: .read(20, of: alice, by: bob))
        run.wait(until: .read(15, of: bob, by: alice))
    }

    /// One writes while the other is away.
    public static let oneAway = Scenario(
        "one-away", "one writes while the other is away, and an owner of what waits dies", cast: ["alice", "bob"]
    ) { run in
        let (alice, bob) = (run["alice"], run["bob"])
        run.come(alice, at: 1)
        run.say(20, from: alice, to: bob)
        run.wait(until: .sent(alice))
        run.wait(until: .kept(20))
        run.killOwner(of: bob)
        run.wait(seconds: 2)
        run.come(bob, at: 2)
        run.wait(until: .heard(bob, 20, from: alice))
        run.wait(until: .delivered(20, of: alice, to: bob))
        run.wait(until: .read(20, of: alice, by: bob))
    }

    /// Each finds later what the other has done meanwhile.
    public static let bothAway = Scenario(
        "both-away", "each finds later what the other has done meanwhile, and all nodes die in between",
        cast: ["alice", "bob"]
    ) { run in
        let (alice, bob) = (run["alice"], run["bob"])
        run.come(alice, at: 1)
        run.say(15, from: alice, to: bob)
        run.wait(until: .sent(alice))
        run.leave(alice)
        // Nobody is there.
        run.killAll()
        run.wait(seconds: 1)
        run.come(bob, at: 2)
        run.wait(until: .heard(bob, 15, from: alice))
        run.say(5, from: bob, to: alice)
        run.wait(until: .sent(bob))
        // Long enough to read it all, most times.
        run.wait(seconds: 3)
        run.leave(bob)
        run.killAll()
        run.come(alice, at: 3)
        run.wait(until: .heard(alice, 5, from: bob))
        // The word that it has come may be lost with the nodes, for nobody waits for its sync. Then it is given again.
        run.come(bob, at: 1)
        run.wait(until: .delivered(15, of: alice, to: bob))
        run.wait(until: .read(15, of: alice, by: bob))
        run.wait(until: .read(5, of: bob, by: alice))
    }

    /// One goes from node to node while the other writes.
    public static let travelling = Scenario(
        "travelling", "one goes from node to node while the other writes, and an owner is cut off",
        cast: ["alice", "bob"]
    ) { run in
        let (alice, bob) = (run["alice"], run["bob"])
        run.come(alice, at: 1)
        for stop in 1...6 {
            run.travel(bob, to: stop)
            run.say(8, from: alice, to: bob)
            if stop == 3 { run.cutOffOwner(of: bob, seconds: 4) }
            // Half of the times it leaves in the middle of it.
            if stop.isMultiple(of: 2) {
                run.wait(seconds: 1)
            } else {
                run.wait(until: .heard(bob, 8 * stop - 4, from: alice))
            }
        }
        run.wait(until: .heard(bob, 48, from: alice))
        run.wait(until: .delivered(48, of: alice, to: bob))
        run.wait(until: .read(48, of: alice, by: bob))
    }
}
