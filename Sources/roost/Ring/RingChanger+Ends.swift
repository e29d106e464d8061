import ArgumentParser
import RoostClient
import RoostOperator

/// What a change says before it can begin and when it has ended.
extension RingChanger {
    /// How long a node that has just been started may take to be heard of.
    private static let newcomerPatience = Duration.seconds(15)

    /// Waits for the node that is to come in to have shown itself.
    func findNewcomer(of verb: RingVerb, _ link: ClusterLink) async throws {
        guard let name = verb.newcomer else { return }
        var link = link
        let start = ContinuousClock.now
        while true {
            let reports = try await link.get("/admin/v1/status", as: [NodeReport].self)
            if reports.contains(where: { $0.name == name }) { return }
            guard .now - start < RingChanger.newcomerPatience else {
                throw Refused(Newcomer(name: name, nodes: reports, suffix: node.suffix).missing)
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// Says how it ended.
    func say(_ report: ChangeReport, _ verb: RingVerb) throws {
        if options.json { return Output.line(try JSONLine.text("end", report)) }
        switch report.outcome {
        case .done: Output.line(verb.end(suffix: node.suffix))
        case .calledOff: Output.line("Another change has called this one off: roost status\(node.suffix)")
        case .detached:
            Output.line(
                "Decided as epoch \(report.epoch); what has to move moves now. See how far: roost rebalance\(node.suffix)"
            )
        }
    }

    /// Says why it could not be done, and ends.
    func failed(_ refusal: Refusal) throws -> Never {
        guard options.json else { throw Refused("\(refusal)") }
        Output.line(try JSONLine.text("error", ["code": refusal.code, "text": "\(refusal)"]))
        throw ExitCode.failure
    }
}
