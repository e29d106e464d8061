import ArgumentParser
import RoostClient
import RoostOperator

/// Plans a change of the ring, asks, makes it, and shows how it goes.
struct RingChanger {
    let node: NodeOption
    let options: ChangeOptions

    func run(_ verb: RingVerb) async throws {
        do {
            try await change(verb)
        } catch let error as ClientError {
            guard case .refused(_, _, let code, let text) = error else { throw error }
            try failed(Refusal(code: code, text: text, verb: verb, suffix: node.suffix))
        }
    }

    private func change(_ verb: RingVerb) async throws {
        var link = ClusterLink(try NodeAddress(node.node))
        try await findNewcomer(of: verb, link)
        link.learn(try await link.get("/admin/v1/status", as: [NodeReport].self))
        let request = RingChangeRequest(verb)
        if verb.movesCopies {
            let plan = try await link.post("/admin/v1/ring/plan", request, as: RingPlan.self)
            if options.json {
                Output.line(try JSONLine.text("plan", plan))
            } else {
                for line in plan.lines(for: verb) { Output.line(line) }
            }
            try options.confirm()
        }
        let accepted = try await decide(request, verb, link)
        guard verb.movesCopies, !options.detach else {
            return try say(.init(verb.movesCopies ? .detached : .done, epoch: accepted.epoch), verb)
        }
        if !options.json { Output.line("Decided as epoch \(accepted.epoch); what has to move moves now.") }
        let end = try await MoveWatch(isJSON: options.json, suffix: node.suffix).run(link) { progress in
            // A node that has not heard of the change yet knows nothing of its end.
            progress.epoch < accepted.epoch ? nil : ChangeReport.Outcome.of(verb, in: progress)
        }
        try say(.init(end, epoch: accepted.epoch), verb)
        guard end == .done else { throw ExitCode.failure }
    }

    /// Asks once. A node that does not answer in time may have decided all the same.
    private func decide(
        _ request: RingChangeRequest, _ verb: RingVerb, _ link: ClusterLink
    ) async throws -> ChangeAccepted {
        do {
            return try await link.post("/admin/v1/ring/change", request, as: ChangeAccepted.self)
        } catch let error as ClientError {
            switch error {
            case .timedOut, .connectionLost, .malformedAnswer:
                try failed(Refusal(code: "OUTCOME_UNKNOWN", text: "\(error)", verb: verb, suffix: node.suffix))
            case .invalidAddress, .unreachable, .refused:
                throw error
            }
        }
    }
}
