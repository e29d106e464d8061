import RoostCore

/// How far each reader has got with each stream that this mailbox's devices sent. Maxima: merging is `max`, in any
/// order, any number of times.
public struct ReceiptTable: Equatable, Sendable {
    /// A stream of one of the user's devices, and who reads it.
    public struct Key: Hashable, Comparable, Sendable {
        /// The stream.
        public let stream: StreamKey
        /// Its recipient.
        public let reader: Address

        /// Makes a key.
        public init(stream: StreamKey, reader: Address) {
            self.stream = stream
            self.reader = reader
        }

        /// By stream, then reader.
        public static func < (left: Key, right: Key) -> Bool {
            left.stream != right.stream ? left.stream < right.stream : left.reader < right.reader
        }
    }

    /// The two maxima.
    public struct Progress: Equatable, Sendable {
        /// Stored by a device of the reader.
        public var deliveredUpTo: StreamNumber = 0
        /// Seen by the reader.
        public var readUpTo: StreamNumber = 0
        /// Not yet told to the sending device since it last rose.
        public var isNews = false
        /// The segment whose record holds these numbers.
        public var segment: UInt32?

        /// Starts at nothing.
        public init() {}
    }

    /// All entries.
    public private(set) var entries: [Key: Progress] = [:]

    /// Makes an empty table.
    public init() {}

    /// Takes the maxima. False when nothing rose, or the table is full.
    public mutating func merge(
        _ key: Key, deliveredUpTo: StreamNumber, readUpTo: StreamNumber, freed: inout FreedSpace
    ) -> Bool {
        if entries[key] == nil, entries.count >= Limits.mailboxStreamsMax { return false }
        return modify(key) { progress in
            // Who has read a message has stored it.
            let delivered = max(progress.deliveredUpTo, deliveredUpTo, readUpTo)
            let read = max(progress.readUpTo, readUpTo)
            guard delivered > progress.deliveredUpTo || read > progress.readUpTo else { return false }
            freed.add(segment: progress.segment, bytes: PendingMessage.headBytesEstimate)
            progress.deliveredUpTo = delivered
            progress.readUpTo = read
            progress.isNews = true
            progress.segment = nil
            return true
        }
    }

    /// The log holds these numbers in `segment`; ignored when they have risen since.
    public mutating func setSegment(
        _ segment: UInt32, key: Key, deliveredUpTo: StreamNumber, readUpTo: StreamNumber, freed: inout FreedSpace
    ) {
        guard let progress = entries[key], progress.deliveredUpTo == deliveredUpTo, progress.readUpTo == readUpTo else {
            freed.add(segment: segment, bytes: PendingMessage.headBytesEstimate)
            return
        }
        _ = modify(key) { progress in
            freed.add(segment: progress.segment, bytes: PendingMessage.headBytesEstimate)
            progress.segment = segment
            return true
        }
    }

    /// The sending device was told.
    public mutating func markTold(_ key: Key) {
        guard entries[key] != nil else { return }
        _ = modify(key) { progress in
            progress.isNews = false
            return true
        }
    }

    /// What `device` has not been told, by key.
    public func news(for device: DeviceID) -> [(key: Key, progress: Progress)] {
        var result: [(key: Key, progress: Progress)] = []
        for (key, progress) in entries where progress.isNews && key.stream.device == device {
            result.append((key, progress))
        }
        result.sort { $0.key < $1.key }
        return result
    }

    private mutating func modify(_ key: Key, _ change: (inout Progress) -> Bool) -> Bool {
        change(&entries[key, default: Progress()])
    }
}
