import RoostConsensus
import RoostCore
import RoostNode

/// Bytes of the messages between nodes.
///
/// A message is a kind byte and the fields of that kind in the order of its type, in the form of ``ByteWriter``. Kinds
/// are never reused. The frame around it (a length of four bytes) is the transport's. Written by hand rather than in
/// protobuf because some fifteen of these pass for every chat message: writing one allocates nothing.
public enum PeerMessageCodec {
    enum Kind: UInt8 {
        case subscribeAgain = 1
        case replicate = 16
        case ask = 17
        case subscribe = 18
        case unsubscribe = 19
        case forget = 20
        case acknowledge = 21
        case receipt = 22
        case fetch = 23
        case readRegister = 24
        case prepareRegister = 25
        case acceptRegister = 26
        case pull = 27
        case compare = 28
        case confirm = 29
        case presence = 40
        case receiptsKnown = 50
        case askUnread = 51
        case erase = 52
        case askReaders = 34
        case collect = 30
        case finish = 31
        case expand = 32
        case replicateToGroup = 33
        case vouch = 60
        case replicated = 64
        case refused = 65
        case stale = 66
        case facts = 67
        case subscribed = 68
        case superseded = 69
        case deviceRemoved = 70
        case push = 71
        case announce = 72
        case receiptFor = 73
        case fetched = 74
        case registerRead = 75
        case registerPromised = 76
        case registerAccepted = 77
        case registerConflict = 78
        case page = 79
        case compared = 80
        case confirmed = 81
        case devicesChanged = 150
        case settingsChanged = 151
        case unread = 152
        case readers = 153
        case erased = 154
        case vouched = 160
        case accountDisabled = 120
        case collected = 94
        case behind = 95
        case finished = 96
        case expanded = 97
    }

    /// Longest value of a register: an account with its devices.
    static let registerBytesMax = RegisterState.valueBytesMax
    /// Most entries of one list: a frame holds no more.
    static let listMax = Limits.peerFrameBytesMax / 8

    /// Appends the bytes of `message`.
    public static func write(_ message: PeerMessage, to writer: inout ByteWriter) {
        switch message {
        case .subscribeAgain:
            writer.write(Kind.subscribeAgain.rawValue)
        case .request(let request):
            write(request, to: &writer)
        case .reply(let reply):
            write(reply, to: &writer)
        case .presence(let message):
            write(message, to: &writer)
        case .expand(let expansion):
            writer.write(Kind.expand)
            write(expansion, to: &writer)
        }
    }

    /// Reads one message; whatever is not exactly one is refused.
    public static func read(_ bytes: [UInt8], in range: Range<Int>) throws(ByteReaderError) -> PeerMessage {
        var reader = ByteReader(bytes, in: range)
        guard let kind = Kind(rawValue: try reader.readByte()) else { throw .invalidValue(field: "peer message kind") }
        let message: PeerMessage
        if kind == .subscribeAgain {
            message = .subscribeAgain
        } else if kind == .presence {
            message = .presence(try readPresence(from: &reader))
        } else if kind == .expand {
            message = .expand(try readExpansion(from: &reader))
        } else if kind.rawValue < Kind.replicated.rawValue {
            message = .request(try readRequest(kind, from: &reader))
        } else {
            message = .reply(try readReply(kind, from: &reader))
        }
        try reader.finish()
        return message
    }
}

extension ByteWriter {
    mutating func write(_ kind: PeerMessageCodec.Kind) {
        write(kind.rawValue)
    }

    mutating func write(_ slot: Slot) {
        writeFixed(slot.index)
    }

    mutating func write(_ name: Address) {
        writeText(name.text)
    }

    mutating func write(_ ballot: Ballot) {
        writeVarint(ballot.round)
        write(ballot.proposer)
    }
}

extension ByteReader {
    mutating func readBallot() throws(ByteReaderError) -> Ballot {
        Ballot(round: try readVarint(), proposer: try readUniqueID())
    }

    /// Reads a list of at most ``PeerMessageCodec/listMax`` entries.
    mutating func readList<Element>(
        _ element: (inout ByteReader) throws(ByteReaderError) -> Element
    ) throws(ByteReaderError) -> [Element] {
        let count = try readCount(limit: PeerMessageCodec.listMax)
        var result: [Element] = []
        // A count is only a claim: room is made as entries turn up.
        result.reserveCapacity(min(count, 256))
        for _ in 0..<count { result.append(try element(&self)) }
        return result
    }
}
