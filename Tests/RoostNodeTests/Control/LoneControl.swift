import RoostConsensus
import RoostCore
import RoostMembership
import RoostNode
import RoostRing

/// One control machine of a ring of three, whose every word is looked at. Time stands still unless it is moved.
struct LoneControl {
    static let ids = (1...5).map { NodeID(high: 7, low: $0) }

    static func member(_ index: Int) -> Member {
        Member(
            id: ids[index], name: "n\(index)", zone: "z", address: "n\(index):1", clientAddress: "c\(index):1")
    }

    static func ring() throws -> EpochRecord {
        try EpochRecord.first(clusterID: UniqueID(high: 5, low: 5), members: (0..<3).map(member))
    }

    static func ballot(_ round: UInt64, by proposer: UInt64 = 1) -> Ballot {
        Ballot(round: round, proposer: UniqueID(high: 1, low: proposer))
    }

    var machine: ControlMachine
    var now = Instant.zero + .seconds(1)

    init(index: Int = 0, record: EpochRecord?, vote: EpochVote? = nil) {
        let local = MemberDescription(
            id: LoneControl.ids[index], name: "n\(index)", zone: "z", address: "n\(index):1",
            clientAddress: "c\(index):1", boot: 1)
        machine = ControlMachine(
            local: local, record: record, vote: vote, seeds: [], random: SeededRandom(seed: 1))
    }

    /// What the machine asks for when something happens, gossip and links aside.
    mutating func after(
        _ event: (inout ControlMachine, Instant, inout [ControlAction]) -> Void
    ) -> [ControlAction] {
        var actions: [ControlAction] = []
        event(&machine, now, &actions)
        return actions.filter {
            switch $0 {
            case .sendDatagram, .link, .memberChanged: false
            default: true
            }
        }
    }

    /// What it asks for when a peer says something.
    mutating func hearing(_ message: ControlMessage, from index: Int = 1) -> [ControlAction] {
        after { $0.received(message, from: LoneControl.ids[index], now: $1, into: &$2) }
    }
}
