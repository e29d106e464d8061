import RoostCore

/// Which nemesis strikes next: rounds of all of them, each round in another order.
struct Schedule {
    private let options: NemesisOptions
    private let nemeses: [any Nemesis]
    private var round: [any Nemesis] = []
    private var roundsLeft: Int
    /// Nemeses that cannot be had here, with the reason.
    let leftOut: [String]

    init(_ options: NemesisOptions, cluster: Cluster) {
        self.options = options
        var possible: [any Nemesis] = []
        var leftOut: [String] = []
        for nemesis in Schedule.nemeses(options.form) where options.only.map(nemesis.name.contains) ?? true {
            if let obstacle = nemesis.obstacle(in: cluster) {
                leftOut.append("\(nemesis.name): \(obstacle)")
            } else {
                possible.append(nemesis)
            }
        }
        nemeses = possible
        self.leftOut = leftOut
        roundsLeft = options.rounds
    }

    /// Nil when every round is done and enough is acknowledged.
    mutating func next(_ random: inout SeededRandom, acknowledged: Int) -> (any Nemesis)? {
        if round.isEmpty {
            guard !nemeses.isEmpty, roundsLeft > 0 || acknowledged < options.messagesMin else { return nil }
            roundsLeft -= 1
            round = nemeses.shuffled(using: &random)
        }
        return round.popLast()
    }

    private static func nemeses(_ form: NemesisOptions.Form) -> [any Nemesis] {
        switch form {
        case .short:
            [
                KillNode(.owner), KillNode(.readerGateway), KillNode(.all), PauseNode(), CutClients(),
                Partition(.oneWay), Partition(.alone),
            ]
        case .long:
            KillNode.Role.allCases.map { KillNode($0) } + Partition.Shape.allCases.map { Partition($0) }
                + [
                    PauseNode(), StopNode(), CutClients(), FullDisk(nodes: 1), FullDisk(nodes: 2), CorruptSegments(),
                ]
        }
    }
}
