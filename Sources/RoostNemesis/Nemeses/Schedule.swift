import RoostCore

/// Which nemesis strikes next: rounds of all of them, each round in another order.
struct Schedule {
    private let options: NemesisOptions
    private let nemeses: [any Nemesis]
    private var round: [any Nemesis] = []
    private var roundsLeft: Int
    private let joinsPerRound: Int
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
        let isWanted = options.only.map { "join".contains($0) || "leave".contains($0) } ?? true
        if options.joinCycles > 0, isWanted {
            if let obstacle = Join().obstacle(in: cluster) {
                leftOut.append("join and leave: \(obstacle)")
                joinsPerRound = 0
            } else {
                joinsPerRound = (options.joinCycles + options.rounds - 1) / options.rounds
            }
        } else {
            joinsPerRound = 0
        }
        self.leftOut = leftOut
        roundsLeft = options.rounds
    }

    /// Whether nothing can strike.
    var isEmpty: Bool { nemeses.isEmpty && joinsPerRound == 0 }

    /// Nil when every round is done and enough is acknowledged.
    mutating func next(_ random: inout SeededRandom, acknowledged: Int) -> (any Nemesis)? {
        if round.isEmpty {
            guard !isEmpty, roundsLeft > 0 || acknowledged < options.messagesMin else { return nil }
            roundsLeft -= 1
            round = nemeses.shuffled(using: &random)
            addJoins(&random)
        }
        return round.popLast()
    }

    /// Each join is followed by a leave, so the cluster keeps its size; every third join has a death in it.
    private mutating func addJoins(_ random: inout SeededRandom) {
        let places = (0..<joinsPerRound).map { _ in random.below(round.count + 1) }.sorted(by: >)
        for (index, place) in places.enumerated() {
            // The round is struck from its end.
            round.insert(contentsOf: [Leave(), Join(killsAnother: index % 3 == 2)] as [any Nemesis], at: place)
        }
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
