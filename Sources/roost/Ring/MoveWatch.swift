import Foundation
import RoostClient
import RoostOperator

/// Watches a move until it has ended, whichever node is asked.
struct MoveWatch {
    let isJSON: Bool
    /// What the commands that it names end with.
    let suffix: String

    private static let pause = Duration.milliseconds(500)
    /// How long it goes on asking when no node answers.
    private static let patience = Duration.seconds(30)

    /// Returns what `ending` says of the progress, as soon as it says anything.
    func run<End>(_ link: ClusterLink, until ending: (MoveProgress) -> End?) async throws -> End {
        let interruption = Interruption(saying: try farewell)
        defer { interruption.end() }
        var link = link
        var view = MoveView()
        var display = ProgressDisplay(isJSON: isJSON)
        defer { display.close() }
        let start = ContinuousClock.now
        var heard = start
        while true {
            do {
                let progress = try await link.get("/admin/v1/ring/progress", as: MoveProgress.self)
                heard = .now
                view.note(progress, atSeconds: (heard - start) / .seconds(1))
                if let end = ending(progress) { return end }
                try display.show(view)
            } catch let error as ClientError {
                guard error.isOfOneNode, .now - heard < MoveWatch.patience else {
                    throw Refused("\(error). The move goes on without this command; from another node: roost rebalance")
                }
            }
            try await Task.sleep(for: MoveWatch.pause)
        }
    }

    private var farewell: String {
        get throws {
            guard !isJSON else { return try JSONLine.text("end", ["outcome": "interrupted"]) }
            return """

                The move goes on without this command. Look at it: roost rebalance\(suffix)
                Pause it: roost rebalance pause\(suffix); call it off: roost rebalance abort\(suffix)
                """
        }
    }
}
