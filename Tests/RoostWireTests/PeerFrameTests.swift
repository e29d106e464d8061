import RoostConsensus
import RoostCore
import RoostNode
import RoostRing
import RoostSession
import RoostWire
import Testing

/// Every message between nodes comes back from its bytes as it was, whole and from nothing less.
@Suite struct PeerFrameTests {
    private static let node = NodeID(high: 1, low: 2)
    private static let ballot = Ballot(round: 3, proposer: UniqueID(high: 4, low: 5))
    private static let alice = Address("alice")
    private static let bob = Address("bob")

    private static let control: [ControlMessage] = [
        .fetchRing, .ring([1, 2, 3]), .askStatus(token: 7),
        .status(
            token: 8,
            NodeStatus(
                name: "n1", id: node, boot: 3, address: "a:1", clientAddress: "a:2", zone: "z", state: .serving,
                epoch: 4,
                slots: 5, sessions: 6, pendingMessages: 7, logBytes: 8, isDiskFull: true, standing: .leaving,
                slotsArriving: 9, bytesPulled: 10, slotsQuarantined: 11)),
        .prepareEpoch(token: 1, epoch: 2, ballot: ballot),
        .prepareRescue(token: 1, epoch: 2, ballot: ballot, lost: [node, NodeID(high: 8, low: 9)]),
        .epochPromised(token: 1, ballot: ballot, accepted: .zero, value: [9, 9]),
        .acceptEpoch(token: 1, epoch: 2, ballot: ballot, value: [7]), .epochAccepted(token: 1, ballot: ballot),
        .epochConflict(token: 1, ballot: .zero, promised: ballot),
        .merged([MergedSlot(slot: Slot(5), version: 6), MergedSlot(slot: Slot(1023), version: .max)]), .merged([]),
    ]

    private static let progress = ReceiptProgress(
        deliveredUpTo: 400, readUpTo: 3, deliveredAtMilliseconds: 1_700_000_000_000, readAtMilliseconds: 1,
        expired: ended, erasedUpTo: 2,
        known: [
            .init(device: .max, deliveredUpTo: 4, readUpTo: 3, expired: 300),
            .init(device: 1, deliveredUpTo: 0, readUpTo: 0),
        ])
    private static let ended = NumberRuns(
        [
            NumberRuns.Run(from: 7, upTo: 9), NumberRuns.Run(from: 11, upTo: .max - 1),
        ].compactMap(\.self))

    private static func receipts() throws -> [PeerMessage] {
        let alice = try #require(alice)
        let bob = try #require(bob)
        let receipt = StreamReceipt(
            reader: bob, key: StreamKey(device: 6, stream: 7), deliveredUpTo: 400, readUpTo: .max, expired: ended)
        let places = [StreamPlace(key: receipt.key, upTo: 300), StreamPlace(key: receipt.key, upTo: 1 << 62)]
        var facts = GatewayReply.StreamFacts()
        facts.receipt = progress
        let kinds: [ReplicaRequest.Kind] = [
            .receipt(.init(user: alice, key: receipt.key, reader: bob, progress), token: .max),
            .receiptsKnown(.init(user: alice, device: .max, receipts: [receipt, receipt])),
            .receiptsKnown(.init(user: alice, device: 1, receipts: [])), .askUnread(token: 3, user: bob),
            .erase(.init(token: .max, user: alice, other: bob, inbound: places, own: places)),
            .erase(.init(token: 1, user: bob, other: alice, inbound: [], own: places)),
            .subscribe(
                .init(
                    session: 1, sessionNumber: 2, user: alice, device: 3, mode: .full, window: 4,
                    resume: [.init(key: receipt.key, released: 5)], sharesReads: false,
                    wallMilliseconds: 1_700_000_000_000)),
        ]
        let replies: [GatewayReply.Kind] = [
            .receipt(slot: Slot(3), receipt), .settingsChanged(sharesReads: false), .facts(facts), .unread([]),
            .erased(places), .erased([]),
            .unread([.init(key: receipt.key, sender: bob, top: .max, seenUpTo: 300)]),
        ]
        return kinds.map { .request(ReplicaRequest(slot: Slot(3), version: 5, kind: $0)) }
            + replies.map { .reply(GatewayReply(token: 6, kind: $0)) }
    }

    private static func copies() throws -> [PeerMessage] {
        let alice = try #require(alice)
        let bob = try #require(bob)
        let key = StreamKey(device: 6, stream: 7)
        let cursor = CopyCursor(user: alice, part: .receipt, key: key, reader: bob)
        let page = CopyPage(
            items: [
                .register(alice, RegisterState(promised: ballot, accepted: ballot, value: [1, 2])),
                .stream(
                    alice,
                    StreamCopy(
                        key: key, sender: bob, watermarks: [.init(device: 1, upTo: 2)],
                        lost: [.init(from: 1, upTo: 2), .init(from: 5, upTo: 8)], pending: [3, 4, 9, .max])),
                .receipt(.init(user: alice, key: key, reader: bob, Self.progress)),
                .lastSeen(alice, milliseconds: 1_700_000_000_000),
            ], next: cursor)
        let kinds: [ReplicaRequest.Kind] = [
            .pull(token: 1, after: nil), .pull(token: 1, after: cursor), .compare(token: 2, digest: 3),
            .confirm(token: 4),
        ]
        let replies: [GatewayReply.Kind] = [
            .page(page), .page(CopyPage(items: [], next: nil)), .compared(Slot(9), isEqual: true), .confirmed,
            .fetched(.init(key: key, sender: bob, watermark: 1, messages: [], isDamaged: true)),
            .fetched(
                .init(
                    key: key, sender: bob, watermark: 1,
                    messages: [.init(number: 7, lostFrom: 3, sentAtMilliseconds: 4, body: [5])])),
            .push(
                .init(
                    slot: Slot(3), key: key, sender: bob, number: 7, watermark: 1, lostFrom: 3, sentAtMilliseconds: 4,
                    body: [5])),
        ]
        return kinds.map { .request(ReplicaRequest(slot: Slot(3), version: 5, kind: $0)) }
            + replies.map { .reply(GatewayReply(token: 6, kind: $0)) }
    }

    private func check(_ frame: PeerFrame) throws {
        var writer = ByteWriter()
        PeerFrame.write(frame, to: &writer)
        let body = PeerFrame.lengthBytes..<writer.count
        #expect(try PeerFrame.read(writer.bytes, in: body) == frame)
        for end in body where end > PeerFrame.lengthBytes {
            #expect(throws: ByteReaderError.self, "cut at \(end): \(frame)") {
                try PeerFrame.read(writer.bytes, in: PeerFrame.lengthBytes..<end)
            }
        }
    }

    @Test(arguments: control) func aboutTheCluster(_ message: ControlMessage) throws {
        try check(.control(message))
    }

    @Test func introductionsAndHeartbeats() throws {
        let life = NodeLife(boot: 3, process: .max, position: 1 << 40)
        let hello = PeerHello(cluster: Self.node, node: Self.node, life: life)
        try check(.hello(hello))
        try check(.hello(PeerHello(cluster: Self.node, node: Self.node, life: life, remembered: life)))
        try check(.ping(nonce: 5, position: 300))
        try check(.pong(nonce: 5))
    }

    @Test func aboutCopies() throws {
        for message in try Self.copies() { try check(.message(message)) }
    }

    @Test func aboutReceipts() throws {
        for message in try Self.receipts() { try check(.message(message)) }
    }

    @Test func aboutPresence() throws {
        let alice = try #require(Self.alice)
        let bob = try #require(Self.bob)
        let slot = Slot(3)
        let group = try #require(Address("~0123456789abcdef"))
        let progress = GroupProgress(
            members: 3, delivered: [.init(upTo: .max, members: 1), .init(upTo: 300, members: 3)],
            read: [.init(upTo: 299, members: .max)])
        let states: [WatchedState] = [
            .unknown, .person(.online), .person(.offline(lastSeenMilliseconds: 300)), .group(progress),
        ]
        let told = states.map { state in
            PresenceMessage.Told(user: bob, version: 4, state: state, rule: state == .person(.online) ? 7 : nil)
        }
        let notice = TypingNotice(from: alice, to: bob, isRecording: true, age: .seconds(1), stamp: .zero)
        let inGroup = TypingNotice(
            from: alice, to: bob, group: group, isRecording: false, stamp: Instant(nanoseconds: .max))
        let messages: [PresenceMessage] = [
            .want(slot: slot, user: bob, shard: 1 << 56, isWanted: true), .handed(2 << 56, told[1], teller: Self.node),
            .watch(slot: slot, version: 5, user: bob, hub: 1 << 56, isWatched: false), .told(1, told), .told(1, []),
            .judge(slot: slot, version: 5, token: 1, user: bob, watchers: [alice, bob]),
            .judged(1, user: bob, rule: .max, [.init(watcher: alice, isAllowed: true)]),
            .seen(slot: slot, version: 5, [.init(user: bob, milliseconds: 1_700_000_000_000)]),
            .rollCall(3 << 56, [.init(slot: slot, session: 77)]), .typing(slot: slot, version: 5, notice),
            .typingFor(78, slot: slot, inGroup), .clockAsked(1, asked: .zero),
            .clockTold(1, asked: .zero, told: Instant(nanoseconds: 9)),
        ]
        for message in messages { try check(.message(.presence(message))) }
    }

    @Test(arguments: [(0, 1), (3, 2), (1, .max)] as [(StreamNumber, StreamNumber)])
    func lostNumbersAreARun(from: StreamNumber, upTo: StreamNumber) throws {
        let alice = try #require(Self.alice)
        let stream = StreamCopy(
            key: StreamKey(device: 1, stream: 1), sender: alice, watermarks: [], lost: [.init(from: from, upTo: upTo)],
            pending: [])
        let page = CopyPage(items: [.stream(alice, stream)], next: nil)
        var writer = ByteWriter()
        PeerFrame.write(.message(.reply(GatewayReply(token: 1, kind: .page(page)))), to: &writer)
        #expect(throws: ByteReaderError.invalidValue(field: "lost numbers")) {
            try PeerFrame.read(writer.bytes, in: PeerFrame.lengthBytes..<writer.count)
        }
    }

    @Test func pendingNumbersAscend() throws {
        let alice = try #require(Self.alice)
        let stream = StreamCopy(key: StreamKey(device: 1, stream: 1), sender: alice, watermarks: [], pending: [2, 2])
        let page = CopyPage(items: [.stream(alice, stream)], next: nil)
        var writer = ByteWriter()
        PeerFrame.write(.message(.reply(GatewayReply(token: 1, kind: .page(page)))), to: &writer)
        #expect(throws: ByteReaderError.invalidValue(field: "numbers that do not ascend")) {
            try PeerFrame.read(writer.bytes, in: PeerFrame.lengthBytes..<writer.count)
        }
    }
}
