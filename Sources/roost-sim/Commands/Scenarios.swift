import ArgumentParser
import RoostSimulator

/// `roost-sim scenarios`: what there is to play.
struct Scenarios: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the scenarios: flows of a chat product, played while faults happen.",
        discussion: "'roost-sim --scenario NAME --seeds A..B' plays one.")

    func run() {
        let width = Scenario.all.map(\.name.count).max() ?? 0
        for scenario in Scenario.all {
            let pause = String(repeating: " ", count: width - scenario.name.count)
            Output.line("\(scenario.name)\(pause)  \(scenario.summary)")
        }
    }
}
