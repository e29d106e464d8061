import ArgumentParser
import RoostClient
import RoostOperator
import RoostServer

/// `roost status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how every node is, and what to do about it.",
        discussion: """
            Below the table stands what it means for the users and what to type. Any node answers, also about a move of \
            slots that was begun elsewhere.
            """)

    @OptionGroup var node: NodeOption
    @Flag(help: "An array of objects, one a node.")
    var json = false

    func run() async throws {
        if json { return try printJSON(try await node.get("/admin/v1/status", as: [NodeStatusAnswer].self)) }
        let nodes = try await node.get("/admin/v1/status", as: [NodeReport].self)
        let page = StatusPage(
            nodes: nodes, ring: try await known("/admin/v1/ring", as: RingReport.self),
            progress: try await known("/admin/v1/ring/progress", as: MoveProgress.self), suffix: node.suffix)
        for line in page.lines { print(line) }
    }

    /// What a node answers that goes by a ring; `nil` of one that waits for it.
    private func known<Answer: Decodable>(_ path: String, as: Answer.Type) async throws -> Answer? {
        do {
            return try await node.get(path, as: Answer.self)
        } catch ClientError.refused(_, _, code: "NO_RING", _) {
            return nil
        }
    }
}
