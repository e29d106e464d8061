/// Messages that do not last.
extension Scenario {
    /// Messages end while their reader is away, and their sender learns of it.
    public static let disappearing = Scenario(
        "disappearing", "messages end while their reader and all nodes are away, and their sender learns of it",
        cast: ["alice", "bob"], lifetimeSeconds: 6
    ) { run in
        let (alice, bob) = (run["alice"], run["bob"])
        run.come(alice, at: 1)
        run.say(20, from: alice, to: bob)
        run.wait(until: .sent(alice))
        run.leave(alice)
        run.killAll()
        run.wait(seconds: 8)
        run.come(alice, at: 3)
        run.wait(until: .toldOfEnds(alice, for: bob))
        // Of each there is its number still, and of the others all.
        run.come(bob, at: 2)
        run.wait(until: .heard(bob, 20, from: alice))
        run.wait(until: .delivered(20, of: alice, to: bob))
        run.wait(until: .nothingKept)
    }
}
