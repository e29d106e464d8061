import RoostOperator
import Testing

@Suite struct StatusPageTests {
    private func advice(
        _ nodes: [NodeReport], ring: RingReport? = Samples.ring, progress: MoveProgress? = Samples.progress(),
        suffix: String = ""
    ) -> [String] {
        StatusPage(nodes: nodes, ring: ring, progress: progress, suffix: suffix).advice
    }

    @Test func `the table shows where each node stands`() {
        let page = StatusPage(
            nodes: [Samples.node("n1"), Samples.node("n4", "waiting", slots: 0)], ring: Samples.ring,
            progress: Samples.progress())
        #expect(
            page.lines.prefix(3) == [
                "NAME  STATE    STANDING  ZONE     EPOCH  SLOTS  SESSIONS  PENDING      LOG  CLIENTS AT  PEERS AT",
                "n1    serving  member    default      3      4         0        0  4.0 KiB  n1:7400     n1:7401",
                "n4    waiting  -         default      0      0         0        0  4.0 KiB  n4:7400     n4:7401",
            ])
    }

    @Test func `all is well`() {
        #expect(advice(["n1", "n2", "n3"].map { Samples.node($0) }) == ["All 4 slots have all their copies."])
    }

    @Test func `before the ring is made`() {
        #expect(
            advice([Samples.node("n1", "waiting"), Samples.node("n2", "waiting")], ring: nil, suffix: " --node X") == [
                "No ring yet. When every node above is one of yours: roost init --expect 2 --node X",
                "  To join a cluster that runs already: start the node with nodes of it as --seeds, and ask them, not this one: roost add NAME",
            ])
    }

    @Test func `a node that waits is to be added, through a member when it was asked itself`() {
        let nodes = [Samples.node("n1"), Samples.node("n2"), Samples.node("n3"), Samples.node("n4", "waiting")]
        #expect(advice(nodes, suffix: " --node X") == ["n4 waits: roost add n4 --node X"])
        #expect(
            advice(nodes, ring: nil) == ["n4 waits beside a cluster. To take it in: roost add n4 --node http://n1:7400"]
        )
    }

    @Test func `one node away`() {
        let nodes = [Samples.node("n1"), Samples.node("n2", "unreachable"), Samples.node("n3")]
        #expect(
            advice(nodes) == [
                "4 slots are short of a copy; they work, and one more loss of theirs stops them.",
                "n2 does not answer: start it again with the same data directory, or see its log.",
                "  If its disk is gone for good: roost forget n2, or, with a new node waiting: roost replace n2 NEW",
            ])
    }

    @Test func `a majority away comes first, and accepting the loss last`() {
        let nodes = [Samples.node("n1"), Samples.node("n2", "unreachable"), Samples.node("n3", "unreachable")]
        #expect(
            advice(nodes).prefix(4) == [
                "4 of 4 slots have no majority: their users can neither log in nor be sent to.",
                "  Start n2 and n3 again, with the data they had; each one that comes back helps.",
                "  Only if disks are gone for good, and what was only there with them, naming those nodes and no others:",
                "  roost forget NODE… --accept-loss",
            ])
    }

    @Test func `a move that someone else began`() {
        let nodes = ["n1", "n2", "n3", "n4"].map { Samples.node($0) }
        let standings: KeyValuePairs = ["n1": "member", "n2": "leaving", "n3": "member", "n4": "joining"]
        #expect(
            advice(nodes, progress: Samples.progress(planned: 8, left: 6, moving: 2, standings)) == [
                "n2 leaves, n4 joins: 2 of 8 copies (25.0 %), 2 on their way",
                "  Watch it: roost rebalance; pause it: roost rebalance pause",
            ])
        #expect(
            advice(nodes, progress: Samples.progress(planned: 8, left: 6, isPaused: true, standings)) == [
                "n2 leaves, n4 joins: 2 of 8 copies (25.0 %), paused",
                "  Nothing more begins to move until: roost rebalance resume",
            ])
    }

    @Test func `a move to a node that died`() {
        var progress = Samples.progress(planned: 8, left: 6, ["n1": "member", "n4": "joining"])
        progress.nodes[1].arriving = 5
        let nodes = ["n1", "n2", "n3"].map { Samples.node($0) } + [Samples.node("n4", "unreachable")]
        #expect(
            advice(nodes, progress: progress).last
                == "  5 slots are on their way to n4, which does not answer: start it, or roost forget n4")
    }

    @Test func `a full disk`() {
        let nodes = [Samples.node("n1", diskFull: true), Samples.node("n2"), Samples.node("n3")]
        #expect(
            advice(nodes) == [
                "n1 is short of disk space and takes no new messages: make room on its disk, or add a node."
            ])
    }
}
