import ArgumentParser
import Foundation
import RoostClient
import RoostCore
import RoostServer

/// `roost init`
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make one cluster of the nodes that wait.",
        discussion: """
            Start all nodes first, each with the same seed list; then run this once, against any of them. It mints the \
            cluster and its first ring from the nodes that have found each other.

            The ring's slots stay as many as they are now: \(SlotCount.standard) keep the fullest node within a hundredth of \
            the mean up to a hundred nodes. Take four times as many for four times the nodes.
            """)

    @OptionGroup var node: NodeOption
    @Option(help: "Wait until so many nodes have found each other, at most a minute.")
    var expect = 1
    @Option(help: "Slots of the ring, a power of two from \(SlotCount.least) to \(SlotCount.most).")
    var slots = SlotCount.standard.value
    @Flag(help: "Print the ring as JSON.")
    var json = false

    func validate() throws {
        guard SlotCount(slots) != nil else {
            throw ValidationError("--slots is a power of two from \(SlotCount.least) to \(SlotCount.most)")
        }
    }

    func run() async throws {
        let resources = NodeResources(try NodeAddress(node.node))
        let answer = try await resources.post("/admin/v1/init", InitRequest(expect: expect, slots: slots))
        let ring = try JSONDecoder().decode(RingAnswer.self, from: Data(answer))
        if json { return try printJSON(ring) }
        print(
            "Cluster \(ring.cluster) of \(ring.members.count): \(ring.members.joined(separator: ", ")); epoch \(ring.epoch)"
        )
    }
}
