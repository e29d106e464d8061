import Foundation
import RoostOperator
import Testing

@Suite struct PlanTests {
    @Test func `a plan is a table of shares, what moves, and what to mind`() throws {
        let json = #"""
            {"epoch":7,"shares":[{"node":"n1","before":1024,"after":768},{"node":"n2","before":1024,"after":768},
            {"node":"n3","before":1024,"after":768},{"node":"n4","before":0,"after":768}],
            "replicasToMove":768,"bytesToMove":1288490188,"warnings":["two owners of 12 slots would share a zone"]}
            """#
        let plan = try JSONDecoder().decode(RingPlan.self, from: Data(json.utf8))
        #expect(
            plan.lines(for: .add("n4")) == [
                "Add n4 (epoch 7):", "",
                "NODE  SLOTS NOW  THEN  CHANGE  SHARE NOW    THEN",
                "n1         1024   768    −256     33.3 %  25.0 %",
                "n2         1024   768    −256     33.3 %  25.0 %",
                "n3         1024   768    −256     33.3 %  25.0 %",
                "n4            0   768    +768      0.0 %  25.0 %", "",
                "768 copies of slots move, about 1.2 GiB. The cluster serves meanwhile.",
                "Warning: two owners of 12 slots would share a zone",
            ])
    }

    @Test(
        arguments: [
            (.add("n4"), #"{"node":"n4","verb":"add"}"#),
            (.remove("n4"), #"{"node":"n4","verb":"remove"}"#),
            (.replace("n1", with: "n4"), #"{"node":"n1","verb":"replace","with":"n4"}"#),
            (.forget("n4"), #"{"node":"n4","verb":"forget"}"#),
            (.acceptLoss(["n4", "n5"]), #"{"node":"n4,n5","verb":"accept-loss"}"#),
            (.pause, #"{"verb":"pause"}"#), (.resume, #"{"verb":"resume"}"#), (.abort, #"{"verb":"abort"}"#),
            (.limit(1 << 20), #"{"bytesPerSecond":1048576,"verb":"limit"}"#),
        ] as [(RingVerb, String)])
    func `a change is asked for in these words`(verb: RingVerb, json: String) throws {
        #expect(try JSONLine.text("x", RingChangeRequest(verb)) == #"{"x":\#(json)}"#)
    }

    @Test func `a newcomer that nobody has heard of`() {
        let nodes = [Samples.node("n1"), Samples.node("n2", "unreachable"), Samples.node("n5", "waiting")]
        #expect(
            Newcomer(name: "n4", nodes: nodes).missing == """
                No node called n4 has shown itself. Waiting now: n5.
                Start it with nodes of this cluster as its seeds: roost node --name n4 --seeds n1:7401 …
                """)
    }

    @Test(
        arguments: [
            (.remove("n2"), "NODE_DEAD", "Start it again. If its disk is gone for good: roost forget n2 --node X"),
            (.add("n4"), "NODE_DEAD", "Start it, then type this again."),
            (.forget("n2"), "NODE_ALIVE", "To let it give away what it has and leave: roost remove n2 --node X"),
            (
                .acceptLoss(["n2"]), "NOTHING_LOST",
                "Each slot still has a majority: roost forget n2 --node X loses nothing."
            ),
            (
                .remove("n2"), "ALREADY_LEAVING",
                "How far it is: roost rebalance --node X. To keep it: roost add n2 --node X"
            ),
        ] as [(RingVerb, String, String)])
    func `a refusal says what to type`(verb: RingVerb, code: String, advice: String) {
        let refusal = Refusal(code: code, text: "the node's words", verb: verb, suffix: " --node X")
        #expect("\(refusal)" == "the node's words.\n\(advice)")
    }

    @Test func `a refusal of an unknown kind is told in the node's words`() {
        #expect("\(Refusal(code: "NEW_IN_LATER_VERSIONS", text: "no.", verb: .pause))" == "no.")
    }
}
