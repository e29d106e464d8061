import RoostCore
import RoostNode
import RoostWire
import Testing

/// What orderers of groups and replicas say to each other comes back from its bytes as it was.
@Suite struct GroupMessageTests {
    private func check(_ message: PeerMessage) throws {
        var writer = ByteWriter()
        PeerMessageCodec.write(message, to: &writer)
        #expect(try PeerMessageCodec.read(writer.bytes, in: 0..<writer.count) == message)
        for count in 0..<writer.count {
            #expect(throws: ByteReaderError.self) { try PeerMessageCodec.read(writer.bytes, in: 0..<count) }
        }
    }

    @Test func requests() throws {
        let (group, alice) = (Address(group: 77), name("alice"))
        let key = StreamKey(device: 5, stream: 1)
        let batch = ReplicaRequest.Replicate(
            token: 1, recipient: group, sender: alice, key: key, floor: 3,
            messages: [.init(number: 4, bodyHash: 5, sentAtMilliseconds: 6, isRetry: true, body: [7])],
            listVersion: 8)
        let finish = ReplicaRequest.Finish(
            token: 2, group: group, streams: [.init(key: key, author: alice, upTo: 300)])
        for kind in [
            ReplicaRequest.Kind.replicate(batch), .collect(.init(token: 1, group: group, listHash: 2, keys: [key])),
            .finish(finish), .askReaders(token: 9, group: group),
        ] {
            try check(.request(ReplicaRequest(slot: Slot(3), version: 5, kind: kind)))
        }
    }

    @Test func replies() throws {
        let waiting = GatewayReply.Waiting(
            key: StreamKey(device: 5, stream: 1), author: name("alice"), watermark: 2, numbers: [3, 4, 9, .max])
        let reader = GroupReader(
            user: name("alice"), since: 300,
            progress: ReceiptProgress(
                deliveredUpTo: 400, readUpTo: 3, deliveredAtMilliseconds: 1_700_000_000_000, readAtMilliseconds: 1))
        let kinds: [GatewayReply.Kind] = [
            .collected([waiting]), .collected([]), .behind, .finished, .expanded([Slot(1), Slot(1023)]),
            .refused(.notAMember, at: 3), .readers([]), .readers([reader]),
        ]
        for kind in kinds { try check(.reply(GatewayReply(token: 6, kind: kind))) }
    }

    @Test func expansions() throws {
        let expansion = Expansion(
            token: 1, group: Address(group: 77),
            messages: [
                .init(number: 3, sentAtMilliseconds: 4, body: [1, 2]),
                .init(number: 4, sentAtMilliseconds: 5, body: []),
            ],
            recipients: [.init(slot: Slot(9), version: 2, member: name("bob"), since: 3, floor: 2)])
        try check(.expand(expansion))
    }

    @Test func anExpansionIsDividedAmongShards() {
        let recipients = (0..<10).map {
            Expansion.Recipient(slot: Slot($0), version: 1, member: name("user-\($0)"), since: 1, floor: 0)
        }
        let whole = Expansion(
            token: 1, group: Address(group: 77), messages: [.init(number: 1, sentAtMilliseconds: 1, body: [1])],
            recipients: recipients)
        let parts = whole.parts(of: 4)
        #expect(parts.map(\.shard) == [0, 1, 2, 3])
        for (shard, part) in parts {
            #expect(part.recipients.allSatisfy { $0.slot.shard(of: 4) == shard })
            #expect(part.messages == whole.messages)
        }
        #expect(parts.reduce(0) { $0 + $1.1.recipients.count } == 10)
    }
}
