import NIOCore
import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostStorage

/// Statuses that are being asked for. Touched on the control shell's loop alone.
final class StatusCollection {
    var statuses: [NodeID: NodeStatus]
    let expected: Int
    let finish: @Sendable ([NodeStatus]) -> Void

    init(statuses: [NodeID: NodeStatus], expected: Int, finish: @escaping @Sendable ([NodeStatus]) -> Void) {
        self.statuses = statuses
        self.expected = expected
        self.finish = finish
    }
}

/// How this node and the others are, for operators.
extension ControlShell {
    /// How long nodes may take to say how they are.
    private static let statusPatience = TimeAmount.milliseconds(1000)

    /// The ring in force.
    func record() async -> EpochRecord? {
        await read { $0.record }
    }

    /// How every node is that this one knows of, by name. One that does not answer in time is `unreachable`.
    func statuses() async -> [NodeStatus] {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                ownStatus { own in
                    self.collectStatuses(own) { continuation.resume(returning: $0) }
                }
            }
        }
    }

    /// How this node is; answered on the loop.
    func ownStatus(_ answer: @escaping @Sendable (NodeStatus) -> Void) {
        loop.assertInEventLoop()
        let record = machine.record
        let slots = record.map { RingTable($0).slots(of: local.id).count } ?? 0
        let isDraining = isDraining
        let futures = shards.map { shard in shard.loop.submit { shard.counts } }
        EventLoopFuture.whenAllSucceed(futures, on: loop).assumeIsolated().whenSuccess { [self] counts in
            func sum(_ part: (ShardMachine.Counts) -> Int) -> Int { counts.reduce(0) { $0 + part($1) } }
            answer(
                NodeStatus(
                    name: local.name, id: local.id, boot: local.boot, address: local.address,
                    clientAddress: local.clientAddress, zone: local.zone,
                    state: isDraining ? .draining : record == nil ? .waiting : .serving, epoch: record?.number ?? 0,
                    slots: slots, sessions: sum(\.sessions), pendingMessages: sum(\.pendingMessages),
                    logBytes: log.bytesOnDisk, isDiskFull: log.isDiskFull,
                    standing: NodeStatus.Standing(of: local.id, in: record), slotsArriving: sum(\.slotsComing),
                    bytesPulled: sum(\.bytesCopied), slotsQuarantined: sum(\.slotsQuarantined)))
        }
    }

    private func collectStatuses(_ own: NodeStatus, _ finish: @escaping @Sendable ([NodeStatus]) -> Void) {
        let token = takeToken()
        let others = machine.members.filter { $0.description.id != local.id && $0.status != .left }
        statusCollections[token] = StatusCollection(
            statuses: [local.id: own], expected: others.count + 1, finish: finish)
        for member in others { _ = shards[0].send(.askStatus(token: token), to: member.description.id) }
        if others.isEmpty { return finishStatus(token) }
        loop.scheduleTask(in: ControlShell.statusPatience) { [self] in finishStatus(token) }
    }

    /// A node said how it is.
    func received(_ status: NodeStatus, token: UInt64, from peer: NodeID) {
        guard let collection = statusCollections[token], status.id == peer else { return }
        collection.statuses[peer] = status
        if collection.statuses.count == collection.expected { finishStatus(token) }
    }

    private func finishStatus(_ token: UInt64) {
        guard let collection = statusCollections.removeValue(forKey: token) else { return }
        let record = machine.record
        for member in machine.members where collection.statuses[member.description.id] == nil && member.status != .left
        {
            let known = member.description
            let isMember = record?.members.contains { $0.id == known.id } ?? false
            collection.statuses[known.id] = NodeStatus(
                name: known.name, id: known.id, boot: known.boot, address: known.address,
                clientAddress: known.clientAddress, zone: known.zone, state: .unreachable,
                standing: isMember ? NodeStatus.Standing(of: known.id, in: record) : .none)
        }
        collection.finish(collection.statuses.values.sorted { ($0.name, $0.id) < ($1.name, $1.id) })
    }
}
