import RoostConsensus
import RoostCore
import RoostMailbox
import RoostNode
import RoostRing
import Testing

/// A device that joins an account later gets what is sent from then on, also when the replica restarts.
@Suite struct SecondDeviceTests {
    private let bob: UserName
    private let alice: Address
    private let key = StreamKey(device: 9, stream: 1)
    private let slot = Slot(2)

    init() throws {
        bob = try #require(UserName("bob"))
        alice = try #require(Address("alice"))
    }

    private func account(_ devices: [DeviceID], round: UInt64) -> ReplicaRecord {
        let account = Account(
            name: bob, password: .init(costLog2: 15, blockSize: 8, parallelism: 3, salt: [1], hash: [2]),
            devices: devices.map {
                .init(id: $0, secretHash: [UInt8](repeating: 1, count: 32), addedAtMilliseconds: 1)
            })
        let ballot = Ballot(round: round, proposer: UniqueID(high: 1, low: 1))
        return .register(
            key: Address(bob), RegisterState(promised: ballot, accepted: ballot, value: account.encode()))
    }

    private func message(_ number: StreamNumber) -> ReplicaRecord {
        .message(
            .init(
                recipient: Address(bob), sender: alice, key: key, number: number, bodyHash: number,
                sentAtMilliseconds: 1))
    }

    private func stored(_ device: DeviceID, upTo: StreamNumber) -> ReplicaRecord {
        .watermark(.init(user: Address(bob), device: device, key: key, sender: alice, upTo: upTo))
    }

    private func shard(after records: [ReplicaRecord]) throws -> (ShardMachine, [ShardAction]) {
        var shard = ShardMachine(
            node: NodeID(high: 1, low: 1), nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        for (place, record) in records.enumerated() {
            let logged = record.logRecord(slot: slot)
            try shard.replay(
                slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 10,
                at: LogLocation(segment: 1, blockOffset: 64, index: UInt32(place)))
        }
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        return (shard, actions)
    }

    @Test func `a restart forgets nothing of it for an older state of the account that stands in the log`() throws {
        let (shard, _) = try shard(after: [
            account([1], round: 1), message(1), message(2), stored(1, upTo: 2), account([1, 2], round: 2),
            stored(2, upTo: 1),
        ])
        #expect(shard.counts.pendingMessages == 1)
    }

    @Test func `after a restart what all of them have stored waits for nobody`() throws {
        let (shard, actions) = try shard(after: [
            account([1], round: 1), message(1), message(2), stored(1, upTo: 2), account([1, 2], round: 2),
            stored(2, upTo: 2),
        ])
        #expect(shard.counts.pendingMessages == 0)
        #expect(shard.counts.settledMessages == 2, "the others are asked first")
        #expect(actions == [.freed(segment: 1, bytes: 64)], "nothing but the older state of the account")
    }

    @Test func `it begins behind what is gone, also when the owner hears of it after a restart`() throws {
        let (shard, _) = try shard(after: [
            account([1], round: 1), message(1), message(2), message(3), stored(1, upTo: 3),
            stored(InboundStream.everybody, upTo: 2), account([1, 2], round: 2),
        ])
        #expect(shard.counts.pendingMessages == 1 && shard.counts.settledMessages == 0)
    }
}
