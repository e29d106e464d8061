import RoostCore

/// Bytes of the log that a change has made dead, gathered by segment for the cleaner.
public struct FreedSpace: Equatable, Sendable {
    /// Segment and bytes, in the order in which segments were first met; short, for a change touches few segments.
    public private(set) var segments: [(segment: UInt32, bytes: UInt32)] = []

    /// Places of messages whose record other mailboxes may share, one entry for each mailbox that needs it no more.
    public private(set) var shares: [LogLocation] = []

    /// Starts empty.
    public init() {}

    /// Adds `bytes` of `segment`; nothing when the record's segment is not known.
    public mutating func add(segment: UInt32?, bytes: UInt32) {
        guard let segment else { return }
        if let last = segments.indices.last(where: { segments[$0].segment == segment }) {
            segments[last].bytes &+= bytes
        } else {
            segments.append((segment, bytes))
        }
    }

    /// Adds a message that its mailbox needs no more.
    public mutating func add(_ message: PendingMessage) {
        guard message.isShared else { return add(segment: message.location?.segment, bytes: message.logBytes) }
        if let location = message.location { shares.append(location) }
    }

    /// Takes the shares out, for whoever counts them.
    public mutating func takeShares() -> [LogLocation] {
        defer { shares.removeAll(keepingCapacity: true) }
        return shares
    }

    /// Forgets everything, keeping the room.
    public mutating func clear() {
        segments.removeAll(keepingCapacity: true)
        shares.removeAll(keepingCapacity: true)
    }

    /// Whether two gatherings are equal, entry by entry.
    public static func == (left: FreedSpace, right: FreedSpace) -> Bool {
        left.segments.elementsEqual(right.segments) { $0.segment == $1.segment && $0.bytes == $1.bytes }
            && left.shares == right.shares
    }
}
