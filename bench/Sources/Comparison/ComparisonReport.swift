import Foundation

/// The result of `./bench/compare`: what each server did in the same rounds on one machine.
struct ComparisonReport: Report, Codable {
    /// What the rounds of one server brought.
    struct Row: Codable {
        var subject: Subject
        /// Messages whose receipt came back, a second, with full windows.
        var messagesPerSecond: Spread
        /// CPU of all its processes meanwhile, divided by those messages.
        var cpuMicrosecondsPerMessage: Spread
        /// The part of a core that the load generator took meanwhile. Near its number of loops it was the limit.
        var generatorCores: Spread
        /// Cores that others had, the worse of the two runs of a round.
        var otherCores: Spread
        /// Messages a second that were due in the paced run: half of what the round's full windows brought.
        var pacedMessagesPerSecond: Spread
        /// From the time a message was due to its receipt, in the paced run.
        var pacedP50Microseconds: Spread
        var pacedP99Microseconds: Spread
        /// Growth of resident memory per connected, authenticated socket; `nil` when it was not measured.
        var idleBytesPerSocket: Spread?
        var promise: String

        init(_ subject: Subject, _ rounds: [ComparisonRound]) {
            self.subject = subject
            messagesPerSecond = Spread(rounds.map(\.full.messagesPerSecond))
            cpuMicrosecondsPerMessage = Spread(rounds.compactMap(\.full.serverCPUMicrosecondsPerMessage))
            generatorCores = Spread(
                rounds.map { $0.full.generatorCPUMicrosecondsPerMessage * $0.full.messagesPerSecond / 1e6 })
            otherCores = Spread(rounds.map { max($0.full.otherCores, $0.paced.otherCores) })
            pacedMessagesPerSecond = Spread(rounds.compactMap(\.paced.rate).map(Double.init))
            pacedP50Microseconds = Spread(rounds.map { Double($0.paced.delivered.p50Microseconds) })
            pacedP99Microseconds = Spread(rounds.map { Double($0.paced.delivered.p99Microseconds) })
            let idle = rounds.compactMap(\.idle).map { Double($0.residentBytesPerSocket) }
            idleBytesPerSocket = idle.isEmpty ? nil : Spread(idle)
            promise = subject.promise
        }
    }

    /// One figure of several rounds.
    struct Spread: Codable {
        var median: Double
        var rounds: [Double]

        init(_ rounds: [Double]) {
            self.rounds = rounds
            let sorted = rounds.sorted()
            let middle = sorted.count / 2
            median =
                sorted.isEmpty ? 0 : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        }
    }

    var finishedAt: String
    var machine: Machine
    /// The versions of what was compared.
    var versions: [String]
    var seconds: Double
    var pairs: Int
    var window: Int
    var bodyBytes: Int
    var idleSockets: Int
    var rows: [Row]

    init(_ rounds: [Subject: [ComparisonRound]], versions: [String]) throws {
        guard let first = rounds.values.first?.first else { throw BenchFailure("there are no reports to compare") }
        finishedAt = Date.now.formatted(.iso8601)
        machine = try Machine.here()
        self.versions = versions
        seconds = first.full.seconds.rounded()
        pairs = first.full.pairs
        window = first.full.window
        bodyBytes = first.full.bodyBytes
        idleSockets = rounds.values.joined().compactMap(\.idle?.sockets).max() ?? 0
        rows = Subject.allCases.compactMap { subject in rounds[subject].map { Row(subject, $0) } }
    }

    func row(_ subject: Subject) -> Row? {
        rows.first { $0.subject == subject }
    }

    var text: String {
        let rounds = rows.map(\.messagesPerSecond.rounds.count).max() ?? 0
        var lines = [
            "compare: \(rounds) round(s) of \(Int(seconds)) s, \(pairs) pairs, \(bodyBytes) B, every message with its "
                + "receipt. Medians; in brackets the ratio to one node of Roost",
            "machine: \(machine.cpu), \(machine.cores) cores, Linux \(machine.kernel); "
                + versions.joined(separator: ", "),
            "",
        ]
        lines += ComparisonTable(self).lines
        let limited = rows.filter { $0.generatorCores.median > 0.95 }.map(\.subject.name)
        if !limited.isEmpty {
            lines += [
                "",
                "The load generator had a whole core and no more: what it could not ask for is not in the rate of "
                    + limited.joined(separator: " and ") + ". CPU a message is not touched by it.",
            ]
        }
        let others = rows.flatMap(\.otherCores.rounds)
        if let most = others.max(), let least = others.min(), most > LoadReport.otherCoresMax {
            lines += [
                "",
                "Others on this machine took \(decimal(least, 2)) to \(decimal(most, 2)) cores meanwhile: rates and latencies "
                    + "are those of a busy machine, and not the same for each; CPU a message is of less use too, for batches are others.",
            ]
        }
        let targets = ComparisonTarget.all.compactMap { $0.line(self) }
        if !targets.isEmpty { lines += [""] + targets }
        return lines.joined(separator: "\n")
    }
}

/// What one round measured on one server.
struct ComparisonRound {
    var full: LoadReport
    var paced: LoadReport
    var idle: IdleReport?
}
