import RoostCore

/// The order of a group: which number its messages and changes have, as far as they are not kept for everybody yet. The value
/// of the register at the group's part `order`.
public struct GroupOrder: Equatable, Sendable {
    /// The name of the part that holds it.
    public static let part = "order"

    /// What has a number.
    public enum Item: Hashable, Sendable {
        /// A message of somebody's stream in the group's mailbox.
        case message(StreamKey, StreamNumber)
        /// The change of the list that made this version.
        case change(UInt64)
    }

    /// A number that was given and is not finished.
    public struct Assignment: Equatable, Sendable {
        /// The place in the order: the number under which members get it.
        public var number: StreamNumber
        /// What it was given to.
        public var item: Item
        /// The version of the list that was in force: for whom it is.
        public var version: UInt64
    }

    /// A change of the list, and its place in the order.
    public struct Settled: Equatable, Sendable {
        /// The version that the change made.
        public var version: UInt64
        /// Its number.
        public var number: StreamNumber
    }

    /// The number that is given next.
    public private(set) var next: StreamNumber = 1
    /// The version of the list that is in force: of the last change that has a number.
    public private(set) var version: UInt64 = 0
    /// Rises when numbers leave the window, and when a change gets one. What an orderer concluded from what it read before
    /// holds no more then.
    public private(set) var generation: UInt64 = 0
    /// Numbers that were given and are not finished, ascending and dense.
    public private(set) var window: [Assignment] = []

    /// The order of a group of which nothing is in order yet.
    public init() {}

    /// How often numbers have left the window. Lists that were read before the last time may lack what was settled then.
    public var finishCount: UInt64 { generation &- version }

    /// Whether something has its number already and is not finished.
    public func holds(_ item: Item) -> Bool { window.contains { $0.item == item } }

    /// The highest number of a stream that is in the window; 0 for none.
    public func top(of key: StreamKey) -> StreamNumber {
        window.reduce(0) { top, assignment in
            guard case .message(key, let number) = assignment.item else { return top }
            return max(top, number)
        }
    }

    /// Gives numbers to what has none, in this order, as far as there is room. A change takes its version into force.
    mutating func assign(_ items: [Item]) {
        for item in items where !holds(item) {
            guard window.count < Limits.groupWindowMax else { return }
            if case .change(let version) = item {
                // Changes come one after the other.
                guard version == self.version + 1 else { return }
                self.version = version
                generation += 1
            }
            window.append(Assignment(number: next, item: item, version: version))
            next += 1
        }
    }

    /// Everything up to a number is kept for whom it is for, and is known to be so wherever it might be read again.
    mutating func finish(upTo number: StreamNumber) {
        let count = window.count { $0.number <= number }
        guard count > 0 else { return }
        window.removeFirst(count)
        generation += 1
    }

    // MARK: Bytes

    private static let formatVersion: UInt8 = 1

    /// The bytes of the order.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 32 + window.count * 24)
        writer.write(GroupOrder.formatVersion)
        writer.writeVarint(next)
        writer.writeVarint(version)
        writer.writeVarint(generation)
        writer.writeCount(window.count)
        for assignment in window {
            writer.writeVarint(assignment.version)
            switch assignment.item {
            case .message(let key, let number):
                writer.write(true)
                writer.write(key)
                writer.writeVarint(number)
            case .change(let version):
                writer.write(false)
                writer.writeVarint(version)
            }
        }
        return writer.bytes
    }

    /// Reads what ``encode()`` writes; nothing is the order of a new group.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        guard !bytes.isEmpty else { return }
        var reader = ByteReader(bytes)
        guard try reader.readByte() == GroupOrder.formatVersion else { throw .invalidValue(field: "order version") }
        next = try reader.readVarint()
        version = try reader.readVarint()
        generation = try reader.readVarint()
        let count = try reader.readCount(limit: Limits.groupWindowMax)
        guard next > StreamNumber(count) else { throw .invalidValue(field: "numbers of an order") }
        for place in 0..<count {
            let version = try reader.readVarint()
            let item: Item =
                try reader.readBool()
                ? .message(try reader.readStreamKey(), try reader.readVarint()) : .change(try reader.readVarint())
            window.append(
                Assignment(number: next - StreamNumber(count - place), item: item, version: version))
        }
        try reader.finish()
    }

    /// The order in a register's value; `nil` for one that this version cannot read.
    public init?(stored value: [UInt8]) {
        do throws(ByteReaderError) {
            self = try GroupOrder(decoding: value)
        } catch {
            return nil
        }
    }
}
