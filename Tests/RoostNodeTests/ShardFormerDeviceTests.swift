import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import Testing

/// A device that was taken out of its account while it was being let in.
@Suite struct ShardFormerDeviceTests {
    private func account(_ name: UserName, _ devices: [DeviceID], round: UInt64) -> RegisterState {
        let account = Account(
            name: name, password: .init(costLog2: 15, blockSize: 8, parallelism: 3, salt: [1], hash: [2]),
            devices: devices.map {
                .init(id: $0, secretHash: [UInt8](repeating: 1, count: 32), addedAtMilliseconds: 1)
            })
        let ballot = Ballot(round: round, proposer: UniqueID(high: 1, low: 1))
        return RegisterState(promised: ballot, accepted: ballot, value: account.encode())
    }

    @Test func `an owner that knows that a device is gone tells its session so`() throws {
        let bob = try #require(UserName("bob"))
        let node = UniqueID(high: 1, low: 1)
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "a:2")
        let table = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 9, low: 9), members: [member]))
        let slot = table.slot(of: Address(bob))
        var shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        for (round, devices) in ([[1, 2], [1]] as [[DeviceID]]).enumerated() {
            let record = ReplicaRecord.register(
                key: Address(bob), account(bob, devices, round: UInt64(round + 1)))
            let logged = record.logRecord(slot: slot)
            try shard.replay(
                slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 0,
                at: LogLocation(segment: 1, blockOffset: 64, index: UInt32(round)))
        }
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        shard.ringAdopted(table, now: .zero, into: &actions)
        for (session, device) in [(7, 1), (8, 2)] {
            let subscribe = ReplicaRequest.Subscribe(
                session: UInt64(session), sessionNumber: 1, user: Address(bob), device: DeviceID(device), mode: .full,
                window: 10, resume: [])
            shard.peerSent(
                .request(.init(slot: slot, version: table.version(of: slot), kind: .subscribe(subscribe))), from: node,
                now: .zero, into: &actions)
        }
        let told = actions.compactMap { action -> GatewayToken? in
            guard case .send(_, .reply(let reply)) = action, reply.kind == .deviceRemoved else { return nil }
            return reply.token
        }
        #expect(told == [8])
    }
}
