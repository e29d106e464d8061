import RoostConsensus
import RoostCore

/// What a replica writes to the log, and how. The head rebuilds its state; only a message has a body.
public enum ReplicaRecord: Equatable, Sendable {
    /// A message of a mailbox.
    case message(MessageHead)
    /// A device has stored a stream up to here.
    case watermark(ReplicaRequest.Acknowledge)
    /// A reader has got this far with a stream of the mailbox's user.
    case receipt(ReplicaRequest.Receipt)
    /// A register's whole state.
    case register(key: Address, RegisterState)
    /// A mark: everything this node was to hold of the slot at this version stands before it.
    case merged(Slot, version: UInt64)
    /// A mark: what these parts of the log had of the slot, and can no longer be read, stands before it, copied from others.
    case restored(Slot, [DamagedBytes])
    /// A run of a mailbox's messages that nobody has any more.
    case lost(Loss)

    /// A run of a stream's numbers that are lost.
    public struct Loss: Equatable, Sendable {
        /// Whose mailbox.
        public var user: Address
        /// Who sent them.
        public var sender: Address
        /// The stream.
        public var key: StreamKey
        /// The first of them.
        public var from: StreamNumber
        /// The last of them.
        public var upTo: StreamNumber

        /// Makes a run.
        public init(user: Address, sender: Address, key: StreamKey, from: StreamNumber, upTo: StreamNumber) {
            self.user = user
            self.sender = sender
            self.key = key
            self.from = from
            self.upTo = upTo
        }
    }
    /// When a device of a user was last heard from, milliseconds since 1970.
    case lastSeen(Address, milliseconds: UInt64)
    /// A message of a group for some of its members.
    case expansion(ExpansionHead)

    /// Everything of a message but its body.
    public struct MessageHead: Equatable, Sendable {
        /// Whose mailbox.
        public var recipient: Address
        /// Who sent it.
        public var sender: Address
        /// The stream.
        public var key: StreamKey
        /// Its number.
        public var number: StreamNumber
        /// The first eight bytes of SHA-256 of the body.
        public var bodyHash: UInt64
        /// When the sender's gateway took it, milliseconds since 1970.
        public var sentAtMilliseconds: UInt64

        /// Makes a head.
        public init(
            recipient: Address, sender: Address, key: StreamKey, number: StreamNumber, bodyHash: UInt64,
            sentAtMilliseconds: UInt64
        ) {
            self.recipient = recipient
            self.sender = sender
            self.key = key
            self.number = number
            self.bodyHash = bodyHash
            self.sentAtMilliseconds = sentAtMilliseconds
        }
    }

    /// Everything of a group's message but its body, for the mailboxes of one shard.
    public struct ExpansionHead: Equatable, Sendable {
        /// Which group.
        public var group: Address
        /// The place in its order.
        public var number: StreamNumber
        /// When the sender's gateway took it, milliseconds since 1970.
        public var sentAtMilliseconds: UInt64
        /// Whose mailboxes; the version of the slot and the floor are not kept.
        public var recipients: [Expansion.Recipient]
    }

    /// The meaning of ``LogRecord/kind``. Numbers are never reused.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// ``ReplicaRecord/message(_:)``.
        case message = 1
        /// ``ReplicaRecord/watermark(_:)``.
        case watermark = 2
        /// ``ReplicaRecord/receipt(_:)`` as it was logged before it said when, and to whom it is known; only read.
        case plainReceipt = 3
        /// ``ReplicaRecord/register(key:_:)``.
        case register = 4
        /// ``ReplicaRecord/merged(_:version:)``.
        case merged = 5
        /// ``ReplicaRecord/lost(_:)``.
        case lost = 6
        /// ``ReplicaRecord/restored(_:_:)``.
        case restored = 7
        /// ``ReplicaRecord/lastSeen(_:milliseconds:)``.
        case lastSeen = 40
        /// ``ReplicaRecord/expansion(_:)``.
        case expansion = 30
        /// ``ReplicaRecord/receipt(_:)``.
        case receipt = 50
    }

    /// Damaged parts of one slot that one record names: its head has room for many more.
    static let partsMax = 1024

    /// Whose data it is; `nil` for a mark.
    var user: Address? {
        switch self {
        case .message(let head): head.recipient
        case .watermark(let watermark): watermark.user
        case .receipt(let receipt): receipt.user
        case .register(let key, _): key
        case .lastSeen(let user, _): user
        case .merged, .restored, .expansion: nil
        case .lost(let loss): loss.user
        }
    }

    /// The record of this, for the log.
    public func logRecord(slot: Slot, body: [UInt8] = []) -> LogRecord {
        var writer = ByteWriter(capacity: 96)
        let kind: Kind
        switch self {
        case .message(let message):
            kind = .message
            writer.writeText(message.recipient.text)
            writer.writeText(message.sender.text)
            writer.write(message.key)
            writer.writeVarint(message.number)
            writer.writeFixed(message.bodyHash)
            writer.writeVarint(message.sentAtMilliseconds)
        case .watermark(let watermark):
            kind = .watermark
            writer.writeText(watermark.user.text)
            writer.writeText(watermark.sender.text)
            writer.write(watermark.key)
            writer.writeFixed(watermark.device)
            writer.writeVarint(watermark.upTo)
        case .receipt(let receipt):
            kind = .receipt
            writer.writeText(receipt.user.text)
            writer.writeText(receipt.reader.text)
            writer.write(receipt.key)
            writer.write(receipt.progress)
        case .register(let key, let state):
            kind = .register
            writer.writeText(key.text)
            writer.writeRaw(state.encode())
        case .merged(let slot, let version):
            kind = .merged
            writer.writeFixed(slot.index)
            writer.writeVarint(version)
        case .restored(let slot, let parts):
            kind = .restored
            writer.writeFixed(slot.index)
            // More than fit are taken for damaged once more after a restart.
            writer.writeCount(min(parts.count, ReplicaRecord.partsMax))
            for part in parts.prefix(ReplicaRecord.partsMax) {
                writer.writeFixed(part.segment)
                writer.writeFixed(part.from)
                writer.writeFixed(part.upTo)
            }
        case .lost(let loss):
            kind = .lost
            writer.writeText(loss.user.text)
            writer.writeText(loss.sender.text)
            writer.write(loss.key)
            writer.writeVarint(loss.from)
            writer.writeVarint(loss.upTo)
        case .lastSeen(let user, let milliseconds):
            kind = .lastSeen
            writer.writeText(user.text)
            writer.writeVarint(milliseconds)
        case .expansion(let expansion):
            kind = .expansion
            writer.writeText(expansion.group.text)
            writer.writeVarint(expansion.number)
            writer.writeVarint(expansion.sentAtMilliseconds)
            writer.writeCount(expansion.recipients.count)
            for recipient in expansion.recipients {
                writer.writeFixed(recipient.slot.index)
                writer.writeText(recipient.member.text)
                writer.writeVarint(recipient.since)
            }
        }
        return LogRecord(slot: slot, kind: kind.rawValue, head: writer.bytes, body: body)
    }

    /// Reads a record's kind and head.
    public init(kind: UInt8, head: [UInt8]) throws(ByteReaderError) {
        guard let kind = Kind(rawValue: kind) else { throw .invalidValue(field: "record kind") }
        var reader = ByteReader(head)
        switch kind {
        case .message:
            self = .message(
                MessageHead(
                    recipient: try reader.readAddress(), sender: try reader.readAddress(),
                    key: try reader.readStreamKey(), number: try reader.readVarint(),
                    bodyHash: try reader.readUInt64(), sentAtMilliseconds: try reader.readVarint()))
        case .watermark:
            let user = try reader.readAddress()
            let sender = try reader.readAddress()
            let key = try reader.readStreamKey()
            self = .watermark(
                .init(
                    user: user, device: try reader.readUInt64(), key: key, sender: sender,
                    upTo: try reader.readVarint()))
        case .plainReceipt, .receipt:
            let user = try reader.readAddress()
            let readerName = try reader.readAddress()
            let key = try reader.readStreamKey()
            let progress =
                kind == .receipt
                ? try reader.readReceiptProgress()
                : ReceiptProgress(deliveredUpTo: try reader.readVarint(), readUpTo: try reader.readVarint())
            self = .receipt(.init(user: user, key: key, reader: readerName, progress))
        case .register:
            let key = try reader.readAddress()
            self = .register(key: key, try RegisterState(decoding: try reader.readRaw(reader.left)))
        case .merged:
            self = .merged(try reader.readSlot(), version: try reader.readVarint())
        case .restored:
            let slot = try reader.readSlot()
            var parts: [DamagedBytes] = []
            for _ in 0..<(try reader.readCount(limit: ReplicaRecord.partsMax)) {
                parts.append(
                    DamagedBytes(
                        segment: try reader.readUInt32(), from: try reader.readUInt32(), upTo: try reader.readUInt32()))
            }
            self = .restored(slot, parts)
        case .lost:
            let loss = Loss(
                user: try reader.readAddress(), sender: try reader.readAddress(), key: try reader.readStreamKey(),
                from: try reader.readVarint(), upTo: try reader.readVarint())
            guard loss.from > 0, loss.from <= loss.upTo, loss.upTo < .max else {
                throw .invalidValue(field: "lost numbers")
            }
            self = .lost(loss)
        case .lastSeen:
            self = .lastSeen(try reader.readAddress(), milliseconds: try reader.readVarint())
        case .expansion:
            self = .expansion(try ReplicaRecord.readExpansion(from: &reader))
        }
        try reader.finish()
    }

    private static func readExpansion(from reader: inout ByteReader) throws(ByteReaderError) -> ExpansionHead {
        var head = ExpansionHead(
            group: try reader.readAddress(), number: try reader.readVarint(),
            sentAtMilliseconds: try reader.readVarint(), recipients: [])
        for _ in 0..<(try reader.readCount(limit: 2 * Limits.groupMembersMax)) {
            head.recipients.append(
                Expansion.Recipient(
                    slot: try reader.readSlot(), version: 0, member: try reader.readAddress(),
                    since: try reader.readVarint(), floor: 0))
        }
        return head
    }
}

extension ByteWriter {
    /// Writes the maxima, their times, and what devices know.
    public mutating func write(_ progress: ReceiptProgress) {
        writeVarint(progress.deliveredUpTo)
        writeVarint(progress.readUpTo)
        writeVarint(progress.deliveredAtMilliseconds)
        writeVarint(progress.readAtMilliseconds)
        writeCount(progress.known.count)
        for known in progress.known {
            writeFixed(known.device)
            writeVarint(known.deliveredUpTo)
            writeVarint(known.readUpTo)
        }
    }

    /// Writes the device in eight bytes and the stream as a varint.
    public mutating func write(_ key: StreamKey) {
        writeFixed(key.device)
        writeVarint(key.stream)
    }
}

extension ByteReader {
    /// Reads what ``ByteWriter/write(_:)-(ReceiptProgress)`` writes.
    public mutating func readReceiptProgress() throws(ByteReaderError) -> ReceiptProgress {
        let (delivered, read) = (try readVarint(), try readVarint())
        let (deliveredAt, readAt) = (try readVarint(), try readVarint())
        var known: [ReceiptProgress.Known] = []
        for _ in 0..<(try readCount(limit: ReceiptProgress.knownMax)) {
            known.append(
                .init(device: try readUInt64(), deliveredUpTo: try readVarint(), readUpTo: try readVarint()))
        }
        return ReceiptProgress(
            deliveredUpTo: delivered, readUpTo: read, deliveredAtMilliseconds: deliveredAt, readAtMilliseconds: readAt,
            known: known)
    }

    /// Reads what ``ByteWriter/write(_:)-(StreamKey)`` writes.
    public mutating func readStreamKey() throws(ByteReaderError) -> StreamKey {
        StreamKey(device: try readUInt64(), stream: try readVarint())
    }
}
