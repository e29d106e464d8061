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

    private func subscribe(device: DeviceID, of user: UserName, session: GatewayToken) -> ReplicaRequest.Subscribe {
        .init(
            session: session, sessionNumber: 1, user: Address(user), device: device, mode: .full, window: 10, resume: []
        )
    }

    @Test func `an owner that knows that a device is gone tells its session so`() throws {
        let bob = try #require(UserName("bob"))
        let node = UniqueID(high: 1, low: 1)
        let member = Member(id: node, name: "n1", zone: "z", address: "a:1", clientAddress: "a:2")
        let table = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 9, low: 9), members: [member]))
        let slot = table.slot(of: Address(bob))
        var shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        let before = ReplicaRecord.register(key: Address(bob), account(bob, [1, 2], round: 1)).logRecord(slot: slot)
        try shard.replay(
            slot: slot, kind: before.kind, head: before.head, bodyBytes: 0,
            at: LogLocation(segment: 1, blockOffset: 64, index: 0))
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        shard.ringAdopted(table, now: .zero, into: &actions)
        let after = account(bob, [1], round: 2)
        let requests: [ReplicaRequest.Kind] = [
            .acceptRegister(token: 6, key: Address(bob), ballot: after.accepted, value: after.value),
            .subscribe(subscribe(device: 1, of: bob, session: 7)),
            .subscribe(subscribe(device: 2, of: bob, session: 8)),
        ]
        for kind in requests {
            let request = ReplicaRequest(slot: slot, version: table.version(of: slot), kind: kind)
            shard.peerSent(.request(request), from: node, now: .zero, into: &actions)
        }
        let told = actions.compactMap { action -> GatewayToken? in
            guard case .send(_, .reply(let reply)) = action, reply.kind == .deviceRemoved else { return nil }
            return reply.token
        }
        #expect(told == [8])
    }
}
