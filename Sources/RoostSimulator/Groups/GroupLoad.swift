import RoostCore
import RoostNode

/// The groups of a run: what was asked of their lists, and what their members were told.
struct GroupLoad: Sendable {
    /// A message as its author wrote it.
    struct Message: Hashable, Sendable {
        let author: Int
        let stream: UInt64
        let number: StreamNumber
    }

    /// What stands at a place of a group's order.
    enum Item: Equatable, Sendable {
        case message(Message)
        case event(version: UInt64, GroupEvent.Kind, by: Address, [Address])
    }

    /// A change of a list that was asked for.
    struct Change: Sendable {
        let group: Int
        let change: GroupChange
        let id: UInt64
        var begin: Instant?
        var node = 0
        var answer: RegisterAnswer?

        /// Whether it is known what became of it.
        var isAnswered: Bool {
            switch answer {
            case .value, .refused: true
            case .unavailable, .outcomeUnknown, nil: false
            }
        }
    }

    /// One group.
    struct SimulatedGroup: Sendable {
        let address: Address
        /// Who it began with, the maker first.
        let founders: [Int]
        var isMade = false
        /// What was told at each place of the order, by whomever first.
        var order: [StreamNumber: Item] = [:]
        /// The place of each message.
        var places: [Message: StreamNumber] = [:]
        /// When each message was put on a connection, at first.
        var written: [Message: Instant] = [:]
        /// When each message was said to be `sent`, at first.
        var sent: [Message: Instant] = [:]
        /// Who got what: by person, the places.
        var received: [Int: Set<StreamNumber>] = [:]
        /// Which change asked for which version, as far as answers told.
        var changes: [UInt64: Int] = [:]

        var top: StreamNumber { order.keys.max() ?? 0 }
    }

    var groups: [SimulatedGroup] = []
    var changes: [Change] = []
    /// Changes that were asked for and not answered.
    var open: [Int] = []
    /// How far streams of the groups' mailboxes are finished, as an orderer said.
    var finished: [StreamKey: StreamNumber] = [:]
    /// What each expansion brings, by its token.
    var expansions: [GatewayToken: Expansion] = [:]

    /// A node died with its operations: nobody will answer them.
    mutating func nodeDied(_ node: Int) {
        open.removeAll { changes[$0].node == node }
    }

    /// Tokens of register requests from here on are groups'.
    static let firstToken: UInt64 = 1 << 40

    func place(of address: Address) -> Int? { groups.firstIndex { $0.address == address } }

    /// The only body that a message to a group may have.
    static func body(group: Int, _ message: Message) -> [UInt8] {
        Array("g\(group) \(message.author)/\(message.stream)#\(message.number) ".utf8)
            + Array(repeating: 0x2E, count: Int(message.number * 41 % 160))
    }
}

/// What one person sends to one group.
struct GroupOutbox: Sendable {
    let group: Int
    /// The stream that is in use.
    var stream: UInt64 = 1
    var produced: StreamNumber = 0
    var sentUpTo: StreamNumber = 0
    var next: StreamNumber = 1
    var written: StreamNumber = 0
    var isPausing = false
    /// How often it was said that the person is not in the group.
    var refusals = 0

    /// The message under this number was refused for good, or is another's: a new stream begins.
    mutating func beginStream() {
        stream += 1
        produced = 0
        sentUpTo = 0
        next = 1
        written = 0
    }

    /// Not in the group: what is not `sent` is given up, and its numbers are given to what comes next.
    mutating func giveUp() {
        produced = sentUpTo
        next = sentUpTo + 1
        refusals += 1
    }
}
