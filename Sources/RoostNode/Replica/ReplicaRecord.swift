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
        /// When it ends if no device has stored it by then. Of one that has ended the body is the word that it has.
        public var end: MessageEnd

        /// Makes a head.
        public init(
            recipient: Address, sender: Address, key: StreamKey, number: StreamNumber, bodyHash: UInt64,
            sentAtMilliseconds: UInt64, end: MessageEnd = .never
        ) {
            self.recipient = recipient
            self.sender = sender
            self.key = key
            self.number = number
            self.bodyHash = bodyHash
            self.sentAtMilliseconds = sentAtMilliseconds
            self.end = end
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
        /// When it ends.
        public var end = MessageEnd.never
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
        /// ``ReplicaRecord/receipt(_:)`` of which nothing has ended or been erased.
        case receipt = 50
        /// ``ReplicaRecord/receipt(_:)``.
        case fullReceipt = 51
        /// ``ReplicaRecord/message(_:)`` of one that ends.
        case endingMessage = 52
        /// ``ReplicaRecord/expansion(_:)`` of one that ends.
        case endingExpansion = 53
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
            kind = message.end == .never ? .message : .endingMessage
            writer.writeText(message.recipient.text)
            writer.writeText(message.sender.text)
            writer.write(message.key)
            writer.writeVarint(message.number)
            writer.writeFixed(message.bodyHash)
            writer.writeVarint(message.sentAtMilliseconds)
            if message.end != .never { writer.writeFixed(message.end.seconds) }
        case .watermark(let watermark):
            kind = .watermark
            writer.writeText(watermark.user.text)
            writer.writeText(watermark.sender.text)
            writer.write(watermark.key)
            writer.writeFixed(watermark.device)
            writer.writeVarint(watermark.upTo)
        case .receipt(let receipt):
            kind = receipt.progress.isPlain ? .receipt : .fullReceipt
            writer.writeText(receipt.user.text)
            writer.writeText(receipt.reader.text)
            writer.write(receipt.key)
            writer.writePlain(receipt.progress)
            if kind == .fullReceipt { writer.writeRest(receipt.progress) }
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
            kind = expansion.end == .never ? .expansion : .endingExpansion
            writer.writeText(expansion.group.text)
            writer.writeVarint(expansion.number)
            writer.writeVarint(expansion.sentAtMilliseconds)
            if expansion.end != .never { writer.writeFixed(expansion.end.seconds) }
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
        try self.init(kind: kind, head: ByteReader(head))
    }

    /// Reads a record's kind and head, where the head stands among other bytes.
    init(kind: UInt8, head: ByteReader) throws(ByteReaderError) {
        guard let kind = Kind(rawValue: kind) else { throw .invalidValue(field: "record kind") }
        var reader = head
        switch kind {
        case .message, .endingMessage:
            self = .message(
                MessageHead(
                    recipient: try reader.readAddress(), sender: try reader.readAddress(),
                    key: try reader.readStreamKey(), number: try reader.readVarint(),
                    bodyHash: try reader.readUInt64(), sentAtMilliseconds: try reader.readVarint(),
                    end: kind == .message ? .never : MessageEnd(seconds: try reader.readUInt32())))
        case .watermark:
            let user = try reader.readAddress()
            let sender = try reader.readAddress()
            let key = try reader.readStreamKey()
            self = .watermark(
                .init(
                    user: user, device: try reader.readUInt64(), key: key, sender: sender,
                    upTo: try reader.readVarint()))
        case .plainReceipt, .receipt, .fullReceipt:
            let user = try reader.readAddress()
            let readerName = try reader.readAddress()
            let key = try reader.readStreamKey()
            let progress =
                switch kind {
                case .plainReceipt:
                    ReceiptProgress(deliveredUpTo: try reader.readVarint(), readUpTo: try reader.readVarint())
                case .receipt: try reader.readPlainProgress()
                default: try reader.readReceiptProgress()
                }
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
        case .expansion, .endingExpansion:
            self = .expansion(try ReplicaRecord.readExpansion(from: &reader, ends: kind == .endingExpansion))
        }
        try reader.finish()
    }

    private static func readExpansion(
        from reader: inout ByteReader, ends: Bool
    ) throws(ByteReaderError) -> ExpansionHead {
        var head = ExpansionHead(
            group: try reader.readAddress(), number: try reader.readVarint(),
            sentAtMilliseconds: try reader.readVarint(),
            end: ends ? MessageEnd(seconds: try reader.readUInt32()) : .never, recipients: [])
        for _ in 0..<(try reader.readCount(limit: 2 * Limits.groupMembersMax)) {
            head.recipients.append(
                Expansion.Recipient(
                    slot: try reader.readSlot(), version: 0, member: try reader.readAddress(),
                    since: try reader.readVarint(), floor: 0))
        }
        return head
    }
}
