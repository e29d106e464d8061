import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import Testing

/// An owner drops what has ended undelivered, keeps the word that it has, and tells the sender.
@Suite struct ShardEndingTests {
    private let node = UniqueID(high: 1, low: 1)
    private let bob: Address
    private let alice: Address
    private let key = StreamKey(device: 9, stream: 1)
    private let table: RingTable
    private let slot: Slot
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var shard: ShardMachine

    init() throws {
        bob = try #require(Address("bob"))
        alice = try #require(Address("alice"))
        let member = Member(id: node, name: "n1", zone: "z", address: "a1:1", clientAddress: "a:2")
        table = RingTable(try EpochRecord.first(clusterID: UniqueID(high: 9, low: 9), members: [member]))
        slot = table.slot(of: bob)
        shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
    }

    private func head(_ number: StreamNumber, end: MessageEnd, hash: UInt64 = 7) -> ReplicaRecord {
        .message(
            .init(
                recipient: bob, sender: alice, key: key, number: number, bodyHash: hash, sentAtMilliseconds: 1, end: end
            ))
    }

    private func account(_ devices: [DeviceID]) throws -> ReplicaRecord {
        let account = Account(
            name: try #require(UserName("bob")),
            password: .init(costLog2: 15, blockSize: 8, parallelism: 3, salt: [1], hash: [2]),
            devices: devices.map {
                .init(id: $0, secretHash: [UInt8](repeating: 1, count: 32), addedAtMilliseconds: 1)
            })
        let ballot = Ballot(round: 5, proposer: node)
        return .register(key: bob, RegisterState(promised: ballot, accepted: ballot, value: account.encode()))
    }

    /// Begins with a log in which each record stands in a segment of its own, from 1 on.
    private mutating func begin(_ records: [ReplicaRecord]) throws -> [ShardAction] {
        for (place, record) in records.enumerated() {
            let logRecord = record.logRecord(slot: slot)
            try shard.replay(
                slot: slot, kind: logRecord.kind, head: logRecord.head, bodyBytes: 10,
                at: LogLocation(segment: UInt32(place + 1), blockOffset: 64, index: 0))
        }
        var actions: [ShardAction] = []
        shard.replayed(into: &actions)
        shard.ringAdopted(table, now: now, into: &actions)
        return actions
    }

    private mutating func look(at wallSeconds: UInt64, after pause: TimeSpan = .seconds(1)) -> [ShardAction] {
        now = now + pause
        var actions: [ShardAction] = []
        shard.timerFired(now: now, wallMilliseconds: wallSeconds * 1000, into: &actions)
        return actions
    }

    private func appends(_ actions: [ShardAction]) -> [(records: [LogRecord], isDurable: Bool, token: UInt64)] {
        actions.compactMap { action in
            guard case .append(let records, let isDurable, let token) = action else { return nil }
            return (records, isDurable, token)
        }
    }

    /// What senders' owners are told to have ended.
    private func told(_ actions: [ShardAction]) -> [[NumberRuns.Run]] {
        actions.compactMap { action in
            guard case .send(_, .request(let request)) = action, case .receipt(let receipt, _) = request.kind,
                receipt.user == alice, receipt.reader == bob, receipt.key == key
            else { return nil }
            return receipt.progress.expired.runs
        }
    }

    private mutating func written(_ append: (records: [LogRecord], isDurable: Bool, token: UInt64)) -> [ShardAction] {
        var actions: [ShardAction] = []
        let places = append.records.indices.map { LogLocation(segment: 50, blockOffset: 64, index: UInt32($0)) }
        shard.appended(append.token, locations: places, now: now, into: &actions)
        return actions
    }

    private func run(_ from: StreamNumber, _ upTo: StreamNumber) throws -> NumberRuns.Run {
        try #require(NumberRuns.Run(from: from, upTo: upTo))
    }

    private let end = MessageEnd(seconds: 100)

    @Test mutating func `what is due is dropped when the word of it is on disk, and its sender is told`() throws {
        _ = try begin([try account([1]), head(1, end: end), head(2, end: .never), head(3, end: end)])
        #expect(appends(look(at: 99)).isEmpty)
        let append = try #require(appends(look(at: 100)).first)
        #expect(append.isDurable)
        let expected = [1, 3].map {
            head($0, end: .passed).logRecord(slot: slot, body: MessageContent.expired.bytes)
        }
        #expect(append.records == expected)
        let actions = written(append)
        #expect(actions.contains(.freed(segment: 2, bytes: 74)) && actions.contains(.freed(segment: 4, bytes: 74)))
        #expect(told(actions) == [[try run(1, 1), try run(3, 3)]])
        #expect(shard.counts.pendingMessages == 3, "the numbers wait for the device")
        #expect(shard.counts.pendingBytes == 10 + 2 * MessageContent.expired.bytes.count)
        #expect(appends(look(at: 200)).isEmpty, "it ends once")
    }

    @Test mutating func `the sender of what some device has is told nothing`() throws {
        let stored = ReplicaRecord.watermark(.init(user: bob, device: 2, key: key, sender: alice, upTo: 1))
        _ = try begin([try account([1, 2]), head(1, end: end), stored])
        let append = try #require(appends(look(at: 100)).first)
        #expect(told(written(append)).isEmpty)
    }

    @Test mutating func `a later life knows what has ended, and tells it once more`() throws {
        let actions = try begin([try account([1]), head(1, end: end), head(1, end: .passed)])
        #expect(told(actions) == [[try run(1, 1)]], "as soon as there is a ring by which it can be told")
        #expect(actions.contains(.freed(segment: 2, bytes: 74)))
        #expect(appends(look(at: 100)).isEmpty)
    }

    @Test mutating func `a copy that the cleaner makes of what has ended meanwhile is dead`() throws {
        _ = try begin([try account([1]), head(1, end: end)])
        let ending = try #require(appends(look(at: 100)).first)
        var actions: [ShardAction] = []
        let old = LogLocation(segment: 2, blockOffset: 64, index: 0)
        shard.clean(
            segment: 2, [StoredRecord(head(1, end: end).logRecord(slot: slot, body: [1]), at: old)], into: &actions)
        let move = try #require(appends(actions).first)
        _ = written(ending)
        actions = []
        shard.appended(
            move.token, locations: [LogLocation(segment: 60, blockOffset: 64, index: 0)], now: now, into: &actions)
        #expect(actions.contains(.freed(segment: 60, bytes: 65)))
        #expect(shard.counts.pendingBytes == MessageContent.expired.bytes.count)
    }

    @Test func `owners that differ in what has ended, is erased or is known to have ended have different digests`()
        throws
    {
        let ended = NumberRuns([try run(1, 1)])
        func known(_ count: UInt64) -> ReceiptProgress.Known {
            .init(device: 7, deliveredUpTo: 5, readUpTo: 0, expired: count)
        }
        let all = [
            ReceiptProgress(deliveredUpTo: 5), ReceiptProgress(deliveredUpTo: 5, expired: ended),
            ReceiptProgress(deliveredUpTo: 5, erasedUpTo: 3),
            ReceiptProgress(deliveredUpTo: 5, expired: ended, known: [known(0)]),
            ReceiptProgress(deliveredUpTo: 5, expired: ended, known: [known(1)]),
        ]
        #expect(Set(try all.map(digest)).count == all.count)
    }

    /// Of a copy in which alice, who has a device, knows this of bob.
    private func digest(_ progress: ReceiptProgress) throws -> UInt64 {
        var shard = ShardMachine(node: node, nodeName: "n1", shard: 0, random: SeededRandom(seed: 1))
        let shown = ReplicaRecord.watermark(.init(user: alice, device: 7, key: key, sender: bob, upTo: 1))
        let receipt = ReplicaRecord.receipt(.init(user: alice, key: key, reader: bob, progress))
        let slot = table.slot(of: alice)
        for (place, record) in [shown, receipt].enumerated() {
            let logged = record.logRecord(slot: slot)
            try shard.replay(
                slot: slot, kind: logged.kind, head: logged.head, bodyBytes: 0,
                at: LogLocation(segment: 1, blockOffset: 64, index: UInt32(place)))
        }
        return shard.digest(of: slot)
    }

    @Test mutating func `what the log refuses is tried again`() throws {
        _ = try begin([try account([1]), head(1, end: end)])
        let append = try #require(appends(look(at: 100)).first)
        var actions: [ShardAction] = []
        shard.appendRefused(append.token, now: now, into: &actions)
        #expect(appends(look(at: 100)).isEmpty)
        #expect(appends(look(at: 101)).first?.records == append.records)
    }

    @Test mutating func `when much is due at once it ends in parts`() throws {
        let all = (1...StreamNumber(1030)).map { head($0, end: end) }
        _ = try begin([try account([1])] + all)
        let first = try #require(appends(look(at: 100)).first)
        #expect(first.records.count == 1024)
        _ = written(first)
        let rest = try #require(appends(look(at: 100, after: .milliseconds(100))).first)
        #expect(rest.records.count == 6)
    }

    @Test mutating func `a retry of what has ended is held, another message under its number is not`() throws {
        _ = try begin([try account([1]), head(1, end: .passed, hash: 8)])
        func send(isRetry: Bool) -> GatewayReply.Kind? {
            let batch = ReplicaRequest.Replicate(
                token: 5, recipient: bob, sender: alice, key: key,
                messages: [.init(number: 1, bodyHash: 7, sentAtMilliseconds: 1, isRetry: isRetry, body: [1])])
            let request = ReplicaRequest(slot: slot, version: table.version(of: slot), kind: .replicate(batch))
            var actions: [ShardAction] = []
            var copy = shard
            copy.peerSent(.request(request), from: node, now: now, into: &actions)
            for case .send(_, .reply(let reply)) in actions { return reply.kind }
            return nil
        }
        #expect(send(isRetry: true) == .replicated)
        #expect(send(isRetry: false) == .refused(.reused, at: 1))
    }
}
